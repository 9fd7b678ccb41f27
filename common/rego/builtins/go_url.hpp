// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// URLs as Go's net/url reads and writes them, with its words for what is wrong.
/// Source: RFC 3986 and the documentation and observed behaviour of Go's package net/url.

#include <expected>
#include <string>
#include <string_view>

namespace redoubt::rego {

struct Url {
    std::string scheme;
    std::string host; ///< with brackets and port
    std::string path; ///< decoded
    /// The path as written where that is not the default spelling of `path`; else `path`.
    std::string raw_path;
    std::string query; ///< as written
    std::string fragment;

    [[nodiscard]] std::string_view hostname() const;
    [[nodiscard]] std::string_view port() const;
};

/// Errors: `parse "http://a<b@c/": net/url: invalid userinfo`.
[[nodiscard]] std::expected<Url, std::string> parse_url(std::string_view text);

/// %-encodes all but letters, digits and -_.~; a space becomes +.
[[nodiscard]] std::string encode_query(std::string_view text);
/// Errors: `invalid URL escape "%zz"`.
[[nodiscard]] std::expected<std::string, std::string> decode_query(std::string_view text);

} // namespace redoubt::rego
