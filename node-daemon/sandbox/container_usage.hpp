// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What containers and images use, and what they may. Values only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/strong_id.hpp"
#include "node-daemon/launch/guest_files.hpp"
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

/// Limits to be changed; the others stay.
struct LimitChanges {
    std::optional<std::uint64_t> memory_bytes;
    std::optional<double> cpus;
};

/// Counters since the container's start; those of the network are its VM's.
struct ContainerUsage {
    ContainerId id;
    std::string name;
    UnixTime time = 0; ///< when this was measured
    UnixTime started_at = 0;
    std::uint64_t cpu_usage_ns = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_limit_bytes = 0; ///< the container's, without one the VM's
    std::uint64_t network_received_bytes = 0;
    std::uint64_t network_sent_bytes = 0;
    std::uint64_t block_read_bytes = 0;
    std::uint64_t block_written_bytes = 0;
    std::uint64_t pids = 0;
    std::uint64_t pids_limit = 0; ///< 0: none
    std::uint32_t vcpus = 0;
};

struct PrunedImage {
    std::string id;
    std::vector<std::string> names;
};
struct PrunedImages {
    std::vector<PrunedImage> images;
    std::uint64_t reclaimed_bytes = 0;
};

struct ImageDiskUsage {
    std::string id;
    std::vector<std::string> names;
    UnixTime created_at = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t shared_bytes = 0; ///< in layers that other images have as well
    std::uint32_t containers = 0;   ///< that use it
};
struct ContainerDiskUsage {
    ContainerId id;
    std::string name;
    std::string image;
    ContainerState state = ContainerState::created;
    UnixTime created_at = 0;
    std::uint64_t size_bytes = 0; ///< what it keeps on the node: its log
};
struct DiskUsage {
    std::vector<ImageDiskUsage> images;
    std::vector<ContainerDiskUsage> containers;
    std::uint64_t image_bytes = 0;             ///< each layer once
    std::uint64_t reclaimable_image_bytes = 0; ///< in layers of images that no container uses alone
};

} // namespace redoubt::node::sandbox
