// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

namespace redoubt::guest::mount {

/// A mount that the host asks for, before a sandbox or a container is made. Shape and drivers: Kata
/// agent.proto, Storage.
struct Storage {
    std::string driver; ///< one of storage_drivers()
    std::vector<std::string> driver_options;
    std::string source;
    std::string fstype;
    std::vector<std::string> options;
    std::string mount_point; ///< below the agent's run folder
    bool is_shared = false;  ///< stays until the sandbox goes
};

/// The drivers this agent has, as it reports them to the host.
[[nodiscard]] std::vector<std::string> storage_drivers();

} // namespace redoubt::guest::mount
