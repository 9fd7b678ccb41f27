// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/option_words.hpp"

#include <algorithm>

namespace redoubt::guest::mount {

Result<std::string> take_option(std::vector<std::string>& words, std::string_view key) {
    const std::string prefix = std::string(key) + "=";
    const auto is_it = [&](const std::string& word) { return word.starts_with(prefix); };
    const auto first = std::ranges::find_if(words, is_it);
    if (first == words.end()) return fail(Code::not_found, "option {} is missing", key);
    std::string value = first->substr(prefix.size());
    words.erase(first);
    if (std::ranges::any_of(words, is_it))
        return fail(Code::invalid_argument, "option {} is given twice", key);
    return value;
}

bool take_word(std::vector<std::string>& words, std::string_view word) {
    return std::erase(words, word) != 0;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

} // namespace redoubt::guest::mount
