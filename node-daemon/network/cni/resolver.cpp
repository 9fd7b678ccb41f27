// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/resolver.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "common/base/file.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr std::size_t k_most_lines = 32;
constexpr std::size_t k_longest_line = 1024;

bool is_usable_server(const std::string& text) {
    in_addr v4{};
    if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) != 127;
    in6_addr v6{};
    // A link-local server's zone means nothing in a guest.
    return ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && !IN6_IS_ADDR_LOOPBACK(&v6) &&
           !IN6_IS_ADDR_LINKLOCAL(&v6);
}

bool is_printable(const std::string& line) {
    return std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 127; });
}

} // namespace

std::vector<std::string> parse_resolver(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream input{std::string(text)};
    for (std::string line; lines.size() < k_most_lines && std::getline(input, line);) {
        std::ranges::replace(line, '\t', ' ');
        if (line.size() > k_longest_line || !is_printable(line)) continue;
        std::istringstream words(line);
        std::string keyword;
        std::string value;
        words >> keyword >> value;
        if (value.empty()) continue;
        if (keyword == "nameserver") {
            if (is_usable_server(value)) lines.push_back("nameserver " + value);
        } else if (keyword == "search" || keyword == "domain" || keyword == "options") {
            lines.push_back(line);
        }
    }
    return lines;
}

std::vector<std::string> read_host_resolver() {
    constexpr std::array places{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"};
    for (const auto* place : places) {
        const auto text = read_file(place, 1U << 20U);
        if (!text) continue;
        auto lines = parse_resolver(*text);
        if (std::ranges::any_of(lines, [](const auto& line) { return line.starts_with("nameserver "); }))
            return lines;
    }
    return {};
}

} // namespace redoubt::node::network::cni
