// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/go_url.hpp"

#include <algorithm>
#include <cstdint>

#include "common/rego/builtins/go_format.hpp"
#include "common/rego/builtins/ip_address.hpp"

namespace redoubt::rego {
namespace {

using Text = std::expected<std::string, std::string>;

enum class Part : std::uint8_t { path, query, fragment, host, zone, user };

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_unreserved(char c) {
    return is_letter_or_digit(c) || std::string_view("-_.~").contains(c);
}

/// Whether a character may stand in a host (or its zone) as it is.
bool fits_host(char c) {
    return is_unreserved(c) || std::string_view("!$&'()*+,;=:[]<>\"").contains(c);
}

/// Whether a character of a path needs no escape, as Go sees it: others than RFC 3986 has it.
bool fits_path(char c) {
    return is_unreserved(c) || std::string_view("$&+,/:;=@").contains(c);
}

std::string escaped_path(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (fits_path(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += "0123456789ABCDEF"[byte >> 4U];
        out += "0123456789ABCDEF"[byte & 0xFU];
    }
    return out;
}

std::unexpected<std::string> bad_escape(std::string_view text) {
    return std::unexpected("invalid URL escape \"" + std::string(text.substr(0, 3)) + "\"");
}

Text unescaped(std::string_view text, Part part) {
    std::string out;
    const bool in_host = part == Part::host || part == Part::zone;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || nibble(text[i + 1]) < 0 || nibble(text[i + 2]) < 0)
                return bad_escape(text.substr(i));
            const auto value = static_cast<char>((nibble(text[i + 1]) << 4) | nibble(text[i + 2]));
            const bool percent = text.substr(i, 3) == "%25";
            if (part == Part::host && nibble(text[i + 1]) < 8 && !percent) return bad_escape(text.substr(i));
            if (part == Part::zone && !percent && value != ' ' && !fits_host(value) &&
                static_cast<unsigned char>(value) < 0x80)
                return bad_escape(text.substr(i));
            out += value;
            i += 2;
        } else if (c == '+' && part == Part::query) {
            out += ' ';
        } else {
            if (in_host && static_cast<unsigned char>(c) < 0x80 && !fits_host(c))
                return std::unexpected("invalid character " + quote_go_text(text.substr(i, 1)) +
                                       " in host name");
            out += c;
        }
    }
    return out;
}

bool is_optional_port(std::string_view text) {
    if (text.empty()) return true;
    return text[0] == ':' && text.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

std::unexpected<std::string> bad_port(std::string_view port) {
    return std::unexpected("invalid port " + quote_go_text(port) + " after host");
}

/// [::1%25eth0]:80
Text bracketed_host(std::string_view host) {
    const std::size_t close = host.rfind(']');
    if (close == std::string_view::npos) return std::unexpected("missing ']' in host");
    if (!is_optional_port(host.substr(close + 1))) return bad_port(host.substr(close + 1));
    const std::size_t zone = host.substr(0, close).find("%25");
    const std::size_t address_end = zone == std::string_view::npos ? close : zone;
    auto address = unescaped(host.substr(1, address_end - 1), Part::host);
    if (!address) return address;
    auto zone_name = unescaped(host.substr(address_end, close - address_end), Part::zone);
    if (!zone_name) return zone_name;
    const auto parsed = parse_ip(*address);
    if (!parsed) {
        return std::unexpected("invalid host: ParseAddr(" + quote_go_text(*address + *zone_name) +
                               "): unable to parse IP");
    }
    if (parsed->size == 4) return std::unexpected("invalid IP-literal");
    return "[" + *address + *zone_name + "]" + std::string(host.substr(close + 1));
}

Text parse_host(std::string_view host) {
    if (host.starts_with('[')) return bracketed_host(host);
    if (host.contains('[')) return std::unexpected("invalid IP-literal");
    if (const std::size_t colon = host.rfind(':'); colon != std::string_view::npos) {
        // From the first colon on: two ports are one wrong one.
        const std::string_view port = host.substr(host.find(':'));
        if (!is_optional_port(port)) return bad_port(port);
    }
    return unescaped(host, Part::host);
}

bool is_user_info(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return is_letter_or_digit(c) || std::string_view("-._:~!$&'()*+,;=%@").contains(c);
    });
}

/// user:password@host:port
Text parse_authority(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos) return parse_host(authority);
    auto host = parse_host(authority.substr(at + 1));
    if (!host) return host;
    const std::string_view user = authority.substr(0, at);
    if (!is_user_info(user)) return std::unexpected("net/url: invalid userinfo");
    if (auto decoded = unescaped(user, Part::user); !decoded) return decoded;
    return host;
}

/// The scheme and what follows; an error when the text starts with a colon.
struct Scheme {
    std::string_view name;
    std::string_view rest;
    bool missing = false;
};

Scheme split_scheme(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) continue;
        if (c == ':') return {text.substr(0, i), text.substr(i + 1), i == 0};
        const bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!later || i == 0) break;
    }
    return {{}, text};
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

/// What `text` is without its fragment; gives what is wrong, or nothing.
std::string parse_into(Url& url, std::string_view text) {
    const bool control =
        std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
    if (control) return "net/url: invalid control character in URL";
    if (text == "*") {
        url.path = url.raw_path = "*";
        return {};
    }
    const Scheme scheme = split_scheme(text);
    if (scheme.missing) return "missing protocol scheme";
    url.scheme = lower_ascii(scheme.name);
    std::string_view rest = scheme.rest;
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        url.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    if (!rest.starts_with('/')) {
        if (!url.scheme.empty()) return {}; // opaque
        if (rest.substr(0, rest.find('/')).contains(':'))
            return "first path segment in URL cannot contain colon";
    }
    if ((!url.scheme.empty() || !rest.starts_with("///")) && rest.starts_with("//")) {
        rest.remove_prefix(2);
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        auto host = parse_authority(rest.substr(0, slash));
        if (!host) return host.error();
        url.host = *host;
        rest.remove_prefix(slash);
    }
    auto path = unescaped(rest, Part::path);
    if (!path) return path.error();
    url.path = *path;
    url.raw_path = escaped_path(url.path) == rest ? url.path : std::string(rest);
    return {};
}

/// Where the port's colon is; npos: there is none.
std::size_t port_colon(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    return colon != std::string_view::npos && is_optional_port(host.substr(colon)) ? colon
                                                                                   : std::string_view::npos;
}

} // namespace

std::string_view Url::hostname() const {
    std::string_view name = std::string_view(host).substr(0, port_colon(host));
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    return name;
}

std::string_view Url::port() const {
    const std::size_t colon = port_colon(host);
    return colon == std::string_view::npos ? std::string_view() : std::string_view(host).substr(colon + 1);
}

std::expected<Url, std::string> parse_url(std::string_view text) {
    const std::size_t hash = text.find('#');
    const std::string_view front = text.substr(0, hash);
    Url url;
    if (const std::string fault = parse_into(url, front); !fault.empty())
        return std::unexpected("parse " + quote_go_text(front) + ": " + fault);
    if (hash == std::string_view::npos) return url;
    auto fragment = unescaped(text.substr(hash + 1), Part::fragment);
    if (!fragment) return std::unexpected("parse " + quote_go_text(text) + ": " + fragment.error());
    url.fragment = *fragment;
    return url;
}

std::string encode_query(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += "0123456789ABCDEF"[byte >> 4U];
            out += "0123456789ABCDEF"[byte & 0xFU];
        }
    }
    return out;
}

std::expected<std::string, std::string> decode_query(std::string_view text) {
    return unescaped(text, Part::query);
}

} // namespace redoubt::rego
