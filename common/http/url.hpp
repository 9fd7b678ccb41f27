// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::http {

/// An absolute http or https URL, taken apart. The host is lower case and without the brackets of an IPv6
/// address.
struct Url {
    std::string scheme;    ///< "http" or "https"
    std::string user_info; ///< "user:password" still percent-encoded; kept for proxies, refused in requests
    std::string host;
    std::uint16_t port = 0;
    std::string target = "/"; ///< path and query, never a fragment

    [[nodiscard]] bool is_tls() const { return scheme == "https"; }
    /// Host header: the port only when it is not the scheme's.
    [[nodiscard]] std::string authority() const;
    /// "host:port", for messages and CONNECT.
    [[nodiscard]] std::string endpoint() const;
    /// The URL as text, without user_info.
    [[nodiscard]] std::string render() const;
    /// True when both lead to the same scheme, host and port.
    [[nodiscard]] bool is_same_origin(const Url& other) const;
};

/// Errors: invalid_argument naming the URL (without what may be a password in it).
/// Source: RFC 3986, the subset HTTP uses.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// What a Location header means when it comes from `base`: absolute, "//host/x", "/x", "?x" or relative.
[[nodiscard]] Result<Url> resolve_url(const Url& base, std::string_view location);

/// Percent-encodes everything but unreserved characters, for a query value.
[[nodiscard]] std::string encode_query(std::string_view value);
/// Takes percent-encoding away; broken sequences stay as they are.
[[nodiscard]] std::string decode_percent(std::string_view text);

} // namespace redoubt::http
