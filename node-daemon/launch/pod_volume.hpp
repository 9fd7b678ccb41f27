// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the containers of a pod share beside their network. Values only.

#include <cstdint>
#include <string>
#include <vector>

namespace redoubt::node::launch {

enum class PodVolumeKind : std::uint8_t {
    memory, ///< a tmpfs
    disk,   ///< an ext4 disk, empty when the VM starts
    files,  ///< files that the node brings: read-only
};

/// A file that travels with the pod, as of a ConfigMap.
struct ConfigFile {
    std::string path; ///< relative, without "..": "nginx.conf"
    std::uint32_t mode = 0644;
    std::string bytes;
    bool operator==(const ConfigFile&) const = default;
};

/// A place that lives as long as the pod's VM.
struct PodVolume {
    std::string name;
    PodVolumeKind kind = PodVolumeKind::memory;
    std::uint64_t size_bytes = 0;       ///< 0: half of the VM's memory; of a disk the node's default
    std::vector<ConfigFile> files = {}; ///< of files
    bool operator==(const PodVolume&) const = default;
};

/// Where containers of the pod find the volume in the guest.
[[nodiscard]] std::string pod_volume_folder(const PodVolume& volume);

} // namespace redoubt::node::launch
