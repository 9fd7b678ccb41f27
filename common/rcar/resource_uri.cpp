// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rcar/resource_uri.hpp"

#include <algorithm>

namespace redoubt::rcar {
namespace {

constexpr std::string_view k_scheme = "kbs://";
constexpr std::size_t k_segments = 3;
constexpr std::size_t k_max_uri = 1024;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_segment(std::string_view text) {
    return !text.empty() && is_word(text.front()) &&
           std::ranges::all_of(text, [](char c) { return is_word(c) || c == '.'; });
}

} // namespace

Result<std::string> resource_path(std::string_view uri) {
    const auto wrong = [&](std::string_view why) {
        return fail(Code::invalid_argument, "'{}' is no kbs:///repository/type/tag: {}", uri.substr(0, 200),
                    why);
    };
    if (!uri.starts_with(k_scheme) || uri.size() > k_max_uri)
        return wrong("it does not begin so, or is too long");
    auto rest = uri.substr(k_scheme.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return wrong("no path");
    rest.remove_prefix(slash + 1);
    std::string path(rest);
    for (std::size_t i = 0; i < k_segments; ++i) {
        const bool is_last = i + 1 == k_segments;
        const auto end = is_last ? std::string_view::npos : rest.find('/');
        if (!is_last && end == std::string_view::npos) return wrong("too few parts");
        if (!is_segment(rest.substr(0, end))) return wrong("a part of other characters");
        if (!is_last) rest.remove_prefix(end + 1);
    }
    return path;
}

} // namespace redoubt::rcar
