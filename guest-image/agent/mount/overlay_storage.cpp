// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "common/base/mount.hpp"
#include "guest-image/agent/mount/option_words.hpp"
#include "guest-image/agent/mount/storage_mounter.hpp"

namespace redoubt::guest::mount {

namespace {

Status set_option(int context, const char* key, const std::string& value) {
    if (::fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0)
        return fail_errno(errno, "overlay option {}={}", key, value);
    return {};
}

/// "path" or "path:mode", the mode in octal.
Result<std::pair<std::string, mode_t>> parse_folder(const std::string& word) {
    constexpr mode_t k_usual = 0755;
    const auto colon = word.rfind(':');
    if (colon == std::string::npos) return std::pair(word, k_usual);
    RDT_TRY(const auto mode, parse_number<mode_t>("mode", word.substr(colon + 1), 8));
    if (mode > 07777) return fail(Code::invalid_argument, "mode '{}' is not one", word.substr(colon + 1));
    return std::pair(word.substr(0, colon), mode);
}

} // namespace

Result<std::string> StorageMounter::checked_lower(const std::string& path) const {
    RDT_CHECK(open_inside(path, O_PATH | O_DIRECTORY).transform_error(context("lowerdir")));
    return path;
}

/// "X-kata.mkdir.path=/run/...": see expand_layers().
Status StorageMounter::make_folders(std::vector<std::string>& words) const {
    static constexpr std::string_view k_word = "X-kata.mkdir.path=";
    for (const auto& word : words) {
        if (!word.starts_with(k_word)) continue;
        RDT_TRY(const auto wanted, parse_folder(word.substr(k_word.size())));
        RDT_TRY(const auto made, open_target(wanted.first));
        if (::chmod(path_of(made.get()).c_str(), wanted.second) != 0)
            return fail_errno(errno, "change the mode of {}", wanted.first);
    }
    std::erase_if(words, [](const auto& word) { return word.starts_with(k_word); });
    return {};
}

/// Layers are passed one by one, so that their number is not bounded by the page that mount(2) takes.
Result<StorageMounter::Made> StorageMounter::make_overlay(Storage storage) const {
    auto& words = storage.options;
    RDT_TRY(const auto lower, take_option(words, "lowerdir"));
    const auto upper = take_option(words, "upperdir");
    const auto work = take_option(words, "workdir");
    if (upper.has_value() != work.has_value())
        return fail(Code::invalid_argument, "upperdir and workdir are needed together");
    RDT_CHECK(make_folders(words));
    RDT_TRY(const auto target, open_target(storage.mount_point));
    const UniqueFd context(::fsopen("overlay", FSOPEN_CLOEXEC));
    if (!context) return fail_errno(errno, "open filesystem type overlay");
    RDT_CHECK(set_option(context.get(), "source", "overlay"));
    for (const auto& layer : split(lower, ':')) {
        RDT_TRY(const auto path, checked_lower(layer));
        RDT_CHECK(set_option(context.get(), "lowerdir+", path));
    }
    if (upper) {
        RDT_CHECK(open_target(*upper));
        RDT_CHECK(open_target(*work));
        RDT_CHECK(set_option(context.get(), "upperdir", *upper));
        RDT_CHECK(set_option(context.get(), "workdir", *work));
    }
    const auto options = parse_mount_options(words);
    for (const auto& word : options.data)
        return fail(Code::invalid_argument, "overlay option '{}' is not allowed", word);
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return fail_errno(errno, "make the overlay");
    const UniqueFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(options.set)));
    if (!mount) return fail_errno(errno, "mount the overlay");
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    return Made{};
}

} // namespace redoubt::guest::mount
