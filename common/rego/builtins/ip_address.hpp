// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// IP addresses and networks, read as Go's package net reads them.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redoubt::rego {

struct IpAddress {
    std::array<std::uint8_t, 16> bytes{}; ///< the first `size` count
    std::size_t size = 4;                 ///< 4 or 16

    [[nodiscard]] std::strong_ordering operator<=>(const IpAddress&) const = default;
    [[nodiscard]] bool operator==(const IpAddress&) const = default;
    /// ::ffff:1.2.3.4 as 1.2.3.4; others as they are.
    [[nodiscard]] IpAddress unmapped() const;
    [[nodiscard]] bool is_mapped() const;
};

/// Strict: no leading zeros in IPv4, no zone.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);
/// RFC 5952; a mapped address as IPv4.
[[nodiscard]] std::string render_ip(const IpAddress& address);

struct IpNetwork {
    IpAddress address; ///< as written, or with the host's bits cleared
    unsigned prefix = 0;

    [[nodiscard]] bool contains(const IpAddress& ip) const;
    /// With the host's bits cleared, or set.
    [[nodiscard]] IpAddress first() const;
    [[nodiscard]] IpAddress last() const;
};

/// "10.0.0.0/8"; the host's bits stay.
[[nodiscard]] std::optional<IpNetwork> parse_network(std::string_view text);
[[nodiscard]] std::string render_network(const IpNetwork& network);

} // namespace redoubt::rego
