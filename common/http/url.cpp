// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/url.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace redoubt::http {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

std::uint16_t default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : 80;
}

bool has_forbidden(std::string_view text) {
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

bool is_host_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

/// "host", "host:port", "[v6]", "[v6]:port" into `url`; false when it is none of them.
bool parse_host_port(std::string_view text, Url& url) {
    std::string_view host;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return false;
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
        const auto is_v6 = [](char c) {
            return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
        };
        if (!std::ranges::all_of(host, is_v6)) return false;
    } else {
        const auto colon = text.find(':');
        host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
        if (!std::ranges::all_of(host, is_host_character)) return false;
    }
    if (host.empty() || host.size() > 253) return false;
    url.host.assign(host);
    std::ranges::transform(url.host, url.host.begin(), lower);
    url.port = default_port(url.scheme);
    if (rest.empty()) return true;
    if (!rest.starts_with(':')) return false;
    const auto port = parse_port(rest.substr(1));
    if (!port) return false;
    url.port = *port;
    return true;
}

/// "/a/./b/../c" to "/a/c". Source: RFC 3986, 5.2.4.
std::string without_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto end = path.find('/', 1);
        const auto segment = path.substr(0, end);
        path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
        if (segment == "/..") {
            const auto slash = out.rfind('/');
            out.resize(slash == std::string::npos ? 0 : slash);
            if (path.empty()) out += '/';
        } else if (segment == "/.") {
            if (path.empty()) out += '/';
        } else {
            out += segment;
        }
    }
    return out.empty() ? "/" : out;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

} // namespace

std::string Url::authority() const {
    return port == default_port(scheme) ? bracketed(host) : endpoint();
}

std::string Url::endpoint() const {
    return bracketed(host) + ":" + std::to_string(port);
}

std::string Url::render() const {
    return scheme + "://" + authority() + target;
}

bool Url::is_same_origin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
}

Result<Url> parse_url(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == std::string_view::npos)
        return fail(Code::invalid_argument, "URL without http:// or https:// in front");
    Url url;
    url.scheme.assign(text.substr(0, colon));
    std::ranges::transform(url.scheme, url.scheme.begin(), lower);
    if (url.scheme != "http" && url.scheme != "https")
        return fail(Code::invalid_argument, "URL scheme is neither http nor https");
    text.remove_prefix(colon + 3);
    text = text.substr(0, text.find('#'));
    const auto end = text.find_first_of("/?");
    auto authority = text.substr(0, end);
    const auto target = end == std::string_view::npos ? std::string_view{} : text.substr(end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        url.user_info.assign(authority.substr(0, at));
        authority.remove_prefix(at + 1);
    }
    if (has_forbidden(authority) || !parse_host_port(authority, url))
        return fail(Code::invalid_argument, "URL with a bad host or port");
    if (has_forbidden(target))
        return fail(Code::invalid_argument, "URL of {} with a space or control character", url.endpoint());
    url.target = target.starts_with('?') ? "/" + std::string(target) : std::string(target);
    if (url.target.empty()) url.target = "/";
    return url;
}

Result<Url> resolve_url(const Url& base, std::string_view location) {
    location = location.substr(0, location.find('#'));
    const auto scheme_end = location.find("://");
    if (scheme_end != std::string_view::npos && scheme_end < location.find_first_of("/?"))
        return parse_url(location);
    if (location.starts_with("//")) return parse_url(base.scheme + ":" + std::string(location));
    if (has_forbidden(location))
        return fail(Code::invalid_argument, "URL of {} with a space or control character", base.endpoint());
    Url url = base;
    url.user_info.clear();
    if (location.empty()) return url;
    const auto query = location.find('?');
    const auto path = location.substr(0, query);
    const auto tail = query == std::string_view::npos ? std::string_view{} : location.substr(query);
    const auto base_path = std::string_view(base.target).substr(0, base.target.find('?'));
    std::string merged(base_path);
    if (path.starts_with('/'))
        merged.assign(path);
    else if (!path.empty())
        merged = std::string(base_path.substr(0, base_path.rfind('/') + 1)) + std::string(path);
    url.target = without_dot_segments(merged) + std::string(tail);
    return url;
}

std::string encode_query(std::string_view value) {
    static constexpr std::string_view k_hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += '%';
            out += k_hex[byte >> 4U];
            out += k_hex[byte & 15U];
        }
    }
    return out;
}

std::string decode_percent(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const char* from = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(from, from + 2, value, 16).ptr == from + 2) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

} // namespace redoubt::http
