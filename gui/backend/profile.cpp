// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/profile.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace redoubt::gui {
namespace {

constexpr std::size_t k_fingerprint_digits = 64; // SHA-256
constexpr std::size_t k_most_host = 253;         // RFC 1035, 2.3.4

Result<Address> parse_socket(std::string_view text, std::string_view path) {
    if (!path.starts_with('/'))
        return fail(Code::invalid_argument, "address '{}': the path of a socket begins with /", text);
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(Code::invalid_argument, "address '{}': a socket's path has at most {} bytes", text,
                    sizeof(sockaddr_un::sun_path) - 1);
    }
    return SocketAddress{std::string(path)};
}

bool is_host_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '-' || letter == ':';
}

} // namespace

Result<Address> parse_address(std::string_view text) {
    if (text.empty()) return fail(Code::invalid_argument, "no address: write unix:/PATH or HOST:PORT");
    if (text.starts_with("unix://")) return parse_socket(text, text.substr(7));
    if (text.starts_with("unix:")) return parse_socket(text, text.substr(5));
    if (text.starts_with('/')) return parse_socket(text, text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return fail(Code::invalid_argument, "address '{}' has no port: HOST:PORT", text);
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    else if (host.contains(':'))
        return fail(Code::invalid_argument, "address '{}': an IPv6 address stands in brackets, [::1]:PORT",
                    text);
    if (host.empty() || host.size() > k_most_host || !std::ranges::all_of(host, is_host_letter))
        return fail(Code::invalid_argument, "address '{}': '{}' is no host", text, host);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0)
        return fail(Code::invalid_argument, "address '{}': '{}' is no port from 1 to 65535", text, digits);
    return RemoteAddress{std::string(host), port};
}

Result<std::string> parse_fingerprint(std::string_view text) {
    if (text.starts_with("sha256:") || text.starts_with("SHA256:")) text.remove_prefix(7);
    std::string out;
    for (const char letter : text) {
        if (letter == ':' || letter == ' ') continue;
        const bool is_upper = letter >= 'A' && letter <= 'F';
        if (!is_upper && !(letter >= 'a' && letter <= 'f') && !(letter >= '0' && letter <= '9'))
            return fail(Code::invalid_argument, "fingerprint: '{}' is no hexadecimal digit", letter);
        out += static_cast<char>(is_upper ? letter - 'A' + 'a' : letter);
    }
    if (out.size() != k_fingerprint_digits)
        return fail(Code::invalid_argument, "fingerprint: {} digits instead of {}", out.size(),
                    k_fingerprint_digits);
    return out;
}

Status check_profile(const Profile& profile) {
    if (profile.name.empty()) return fail(Code::invalid_argument, "a connection needs a name");
    RDT_TRY(const auto address, parse_address(profile.address));
    if (std::holds_alternative<SocketAddress>(address)) return {};
    if (profile.certificate.empty() != profile.key.empty())
        return fail(Code::invalid_argument,
                    "connection '{}': a certificate needs its key, and a key its "
                    "certificate; without both it is the one of redoubtctl",
                    profile.name);
    RDT_TRY(const auto pinned, parse_fingerprint(profile.node_fingerprint));
    (void)pinned;
    return {};
}

} // namespace redoubt::gui
