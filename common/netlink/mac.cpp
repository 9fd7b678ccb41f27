// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/mac.hpp"

#include <algorithm>
#include <charconv>
#include <format>

namespace redoubt::netlink {
namespace {

constexpr std::size_t k_mac_bytes = 6;

} // namespace

Result<std::string> parse_mac(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; bytes.size() < k_mac_bytes; at += 3) {
        unsigned char byte = 0;
        const auto digits = text.substr(std::min(at, text.size()), 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        const bool is_last = bytes.size() + 1 == k_mac_bytes;
        if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2 ||
            (is_last ? text.size() != at + 2 : !text.substr(at + 2).starts_with(':')))
            return fail(Code::invalid_argument, "'{}' is not a MAC address", text);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::string render_mac(std::string_view bytes) {
    if (bytes.size() != k_mac_bytes) return {};
    std::string text;
    for (const char byte : bytes)
        text += std::format("{}{:02x}", text.empty() ? "" : ":", static_cast<unsigned char>(byte));
    return text;
}

} // namespace redoubt::netlink
