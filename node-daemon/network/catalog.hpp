// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/async/task.hpp"

namespace redoubt::node::network {

/// A network as its configuration says.
struct NetworkInfo {
    std::string name;
    std::vector<std::string> plugins; ///< types, in the order of ADD
    std::string bridge;               ///< of a bridge
    std::vector<std::string> subnets; ///< "10.89.0.0/24"
    bool is_default = false;
    bool has_names = false;     ///< who is on it is found by name
    bool is_made_here = false;  ///< by create()
    std::filesystem::path file; ///< empty: the node's own
    std::string text;           ///< JSON
};

struct NetworkList {
    std::vector<NetworkInfo> networks; ///< the default one first
    std::vector<std::string> problems; ///< of configurations that cannot be used, for people
};

struct NewNetwork {
    std::string name;                 ///< generated when empty
    std::vector<std::string> subnets; ///< none: an IPv4 one that is free
    bool is_internal = false;         ///< no way out of the node
    std::uint32_t mtu = 0;            ///< 0: as the kernel chooses
    bool without_names = false;
};

/// The configurations of networks. Thread: main strand.
class NetworkCatalog {
  public:
    virtual ~NetworkCatalog() = default;

    virtual Task<NetworkList> list() = 0;
    /// Errors: already_exists the name, or a subnet that overlaps with another's; invalid_argument naming the
    /// field; resource_exhausted no subnet is free.
    virtual Task<NetworkInfo> create(NewNetwork wanted) = 0;
    /// The configuration goes; nobody uses it. Errors: not_found; failed_precondition it was not made here.
    virtual Task<void> remove(std::string name) = 0;
};

} // namespace redoubt::node::network
