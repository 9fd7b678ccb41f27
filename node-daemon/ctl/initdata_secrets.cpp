// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/initdata_secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace redoubt::ctl {
namespace {

constexpr std::array<std::string_view, 8> k_secret_words{
    "password", "passwd", "passphrase", "secret", "token", "private_key", "api_key", "access_key"};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::ranges::replace(out, '-', '_');
    return out;
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// "scheme://user:password@host"
bool has_password_in_url(std::string_view line) {
    for (auto at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
        const auto rest = line.substr(at + 3);
        const auto authority = rest.substr(0, rest.find_first_of("/?# \t\"'`,"));
        const auto end = authority.rfind('@');
        if (end != std::string_view::npos && authority.substr(0, end).contains(':')) return true;
    }
    return false;
}

/// A value that stands there itself: a string that is not empty and no address of a resource.
bool is_literal(std::string_view value) {
    const auto begin = value.find_first_not_of(" \t=");
    if (begin == std::string_view::npos) return false;
    const char quote = value[begin];
    if (quote != '"' && quote != '\'' && quote != '`') return false;
    const auto text = value.substr(begin + 1);
    return !text.empty() && text.front() != quote && !text.starts_with("kbs://") &&
           !text.starts_with("sealed.");
}

/// `password = "..."`, `"password": "..."`, `password := "..."`.
bool gives_secret(std::string_view line) {
    const auto text = lower(line);
    for (const auto word : k_secret_words) {
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
            auto end = at + word.size();
            if (end < text.size() && is_word(text[end])) continue; // another word, such as secret_uri
            if (end < text.size() && (text[end] == '"' || text[end] == '\'')) ++end;
            const auto sign = text.find_first_not_of(" \t", end);
            if (sign == std::string::npos || (text[sign] != '=' && text[sign] != ':')) continue;
            if (is_literal(std::string_view(text).substr(sign + 1))) return true;
        }
    }
    return false;
}

std::string_view kind_of_secret(std::string_view line) {
    if (line.contains("-----BEGIN") && line.contains("PRIVATE KEY")) return "a private key";
    if (line.contains("AGE-SECRET-KEY-")) return "a private key";
    if (has_password_in_url(line)) return "a password in a URL";
    if (gives_secret(line)) return "a password or a token";
    return {};
}

/// JSON spreads over lines as it likes.
bool has_private_jwk(std::string_view text) {
    return text.contains("\"kty\"") && (text.contains("\"d\"") || text.contains("\"k\""));
}

} // namespace

Status refuse_secrets(const std::string& name, std::string_view text) {
    constexpr auto k_remedy = "the host reads initdata: let the key broker release it instead";
    std::size_t number = 1;
    for (auto rest = text; !rest.empty(); ++number) {
        const auto line = rest.substr(0, rest.find('\n'));
        if (const auto kind = kind_of_secret(line); !kind.empty())
            return fail(Code::invalid_argument, "{}:{}: this looks like {}; {}", name, number, kind,
                        k_remedy);
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    if (has_private_jwk(text))
        return fail(Code::invalid_argument, "{}: this looks like a private key (JWK); {}", name, k_remedy);
    return {};
}

} // namespace redoubt::ctl
