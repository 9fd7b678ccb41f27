// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Host resources with their note in the ledger: noted before they are made, forgotten after they are gone,
/// so that a daemon that was killed in between finds them at its next start.

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "common/async/task.hpp"
#include "common/base/strong_id.hpp"

namespace redoubt::node::sandbox {

struct Node;

/// Kinds of ledger entries. The name of a VM, of its network namespace and of that namespace's attachments is
/// the sandbox id, that of a folder its path. A tap needs no entry: it goes with the last descriptor on it,
/// or with its namespace.
inline constexpr auto k_vm = "vm";
inline constexpr auto k_runtime_directory = "runtime-directory";
inline constexpr auto k_network_namespace = "network-namespace";
inline constexpr auto k_network_attachment = "network-attachment";
inline constexpr auto k_volume = "volume"; ///< by its name, which is its own owner
inline constexpr auto k_container_directory = "container-directory";

Task<void> note(Node& node, std::string kind, std::string name, ContainerId owner);
/// A failure is logged: the entry is then found, and found to be of nothing, at the next start.
asio::awaitable<void> forget(Node& node, std::string kind, std::string name);

/// Makes a folder and what is missing above it. Errors: by errno.
Task<void> make_directory(Node& node, std::filesystem::path path, mode_t mode);
/// Removes a folder with all in it; false, and logged, when something is left of it.
asio::awaitable<bool> remove_directory(Node& node, std::filesystem::path path);

} // namespace redoubt::node::sandbox
