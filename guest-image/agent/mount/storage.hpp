// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// A group that owns what is in a volume. Shape: Kata agent.proto, FSGroup.
struct FsGroup {
    enum class Policy { always, on_root_mismatch };
    std::uint32_t gid = 0;
    Policy policy = Policy::always;
};

/// A mount that the host asks for, before a sandbox or a container is made. Shape and drivers: Kata
/// agent.proto, Storage.
struct Storage {
    std::string driver; ///< one of storage_drivers()
    std::vector<std::string> driver_options;
    std::string source;
    std::string fstype;
    std::vector<std::string> options;
    std::string mount_point; ///< below the agent's run folder
    std::optional<FsGroup> fs_group;
    bool is_shared = false; ///< stays until the sandbox goes
};

/// The drivers this agent has, as it reports them to the host.
[[nodiscard]] std::vector<std::string> storage_drivers();

/// Errors: invalid_argument for a storage whose words are too many or too long to be meant.
[[nodiscard]] Status check_storage(const Storage& storage);

/// Which key of the broker's opens the volume: "kbs:///repository/type/tag". Nothing for other storages.
[[nodiscard]] std::optional<std::string> key_of_volume(const Storage& storage);

} // namespace redoubt::guest::mount
