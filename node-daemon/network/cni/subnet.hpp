// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::network::cni {

/// A range of addresses of one family, "10.89.0.0/24".
struct Subnet {
    bool is_v6 = false;
    std::array<unsigned char, 16> bytes{}; ///< of the network's address; the first four of IPv4
    unsigned prefix = 0;
};

/// Errors: invalid_argument not ADDRESS/PREFIX, or with bits of a host in the address.
[[nodiscard]] Result<Subnet> parse_subnet(const std::string& text);
[[nodiscard]] bool overlap(const Subnet& one, const Subnet& other);
/// The first of 10.89.0.0/24, 10.90.0.0/24... that overlaps with none. Errors: resource_exhausted.
[[nodiscard]] Result<std::string> find_free_subnet(const std::vector<Subnet>& taken);

} // namespace redoubt::node::network::cni
