// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a caller and an image say about a container: the input of the plan. Values only.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/strong_id.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_mount.hpp"

namespace redoubt::node::launch {

/// What the caller asked for. Empty means: what the image says.
/// Source: redoubt/node/v1/node.proto, ContainerSpec.
struct ContainerConfig {
    ContainerId id;
    std::vector<std::string> entrypoint;
    bool clear_entrypoint = false; ///< --entrypoint ""
    std::vector<std::string> command;
    std::vector<std::string> environment; ///< NAME=value
    std::string working_directory;
    std::string user; ///< name|uid[:group|gid]
    bool terminal = false;
    bool read_only_rootfs = false;
    std::uint64_t memory_bytes = 0; ///< limit of the container; 0: none, and the node's default VM size
    double cpus = 0;                ///< 0: the node's default
    std::string hostname;           ///< empty: the first 12 characters of the id
    oci::TerminalSize terminal_size;
    std::vector<ContainerMount> mounts = {};
    std::vector<std::string> added_capabilities = {}; ///< with or without CAP_, in any case; "ALL"
    std::vector<std::string> dropped_capabilities = {};
    bool privileged = false;               ///< everything, inside its VM
    std::uint64_t shm_bytes = 0;           ///< of /dev/shm; 0: 64 MiB
    std::vector<oci::Rlimit> ulimits = {}; ///< "nofile"
    std::vector<std::string> devices = {}; ///< "SOURCE[:TARGET][:rwm]"
};

/// What the image says.
/// Source: OCI image-spec 1.1, config.md, "config".
struct ImageConfig {
    std::string name; ///< for errors
    std::vector<std::string> environment;
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::string user;
    std::string working_directory;
};

} // namespace redoubt::node::launch
