// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/storage.hpp"

#include <algorithm>
#include <climits>

namespace redoubt::guest::mount {

namespace {

constexpr std::size_t k_max_words = 256;
/// 500 layers, the kernel's limit of an overlay, of PATH_MAX each would be more than a message holds.
constexpr std::size_t k_max_word = 1U << 20U;

bool has_nul(const std::string& text) {
    return text.contains('\0');
}

Status check_words(const std::vector<std::string>& words, const char* what) {
    if (words.size() > k_max_words)
        return fail(Code::invalid_argument, "{}: {} words are more than {}", what, words.size(), k_max_words);
    for (const auto& word : words)
        if (word.size() > k_max_word || has_nul(word))
            return fail(Code::invalid_argument, "{}: a word is too long or has a NUL byte", what);
    return {};
}

} // namespace

std::vector<std::string> storage_drivers() {
    return {"blk",       "mmioblk", "scsi", "erofs.multi-layer", "overlayfs",
            "ephemeral", "local",   "bind", "watchable-bind",    "image_guest_pull"};
}

Status check_storage(const Storage& storage) {
    for (const auto* text : {&storage.driver, &storage.source, &storage.fstype, &storage.mount_point})
        if (text->size() >= PATH_MAX || has_nul(*text))
            return fail(Code::invalid_argument, "storage: a field is too long or has a NUL byte");
    RDT_CHECK(check_words(storage.options, "options"));
    return check_words(storage.driver_options, "driver options");
}

} // namespace redoubt::guest::mount
