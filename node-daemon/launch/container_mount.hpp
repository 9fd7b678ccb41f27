// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a container has at places of its own: volumes, memory, and what the host had at the start. Values
/// only.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace redoubt::node::launch {

enum class MountKind : std::uint8_t {
    volume, ///< a named volume: an ext4 disk
    tmpfs,  ///< memory
    bind,   ///< a snapshot of a file or folder of the host: a read-only EROFS disk
    pod,    ///< a volume of the container's pod
};

struct ContainerMount {
    MountKind kind = MountKind::volume;
    std::string source; ///< a volume's name, or an absolute path on the host; in a plan a pod's in the guest
    std::string target; ///< absolute path in the container
    bool read_only = false;
    std::uint64_t tmpfs_bytes = 0; ///< 0: half of the VM's memory
    std::uint32_t tmpfs_mode = 01777;
    std::vector<std::string> options = {}; ///< exec, noexec, suid, nosuid, dev, nodev
    bool without_copy = false;             ///< an empty volume stays empty
    bool is_file = false;                  ///< of a bind: its source is a file, as the plan found it
    std::string sub_path = {};             ///< of a pod's volume: what of it; relative
    bool operator==(const ContainerMount&) const = default;
};

/// The disk behind a volume or a snapshot.
struct VolumeDisk {
    MountKind kind = MountKind::volume;
    std::string source; ///< as the mounts name it
    std::filesystem::path file;
    bool is_encrypted = false;
    std::string key_uri = {}; ///< of an encrypted one that is kept; empty: with a key of one start's own
};

/// The disks that `mounts` need, each once, in the order they are first named: without files.
[[nodiscard]] std::vector<VolumeDisk> list_disks(const std::vector<ContainerMount>& mounts);

/// The folder of a volume's disk that is the volume, as the top has a filesystem's lost+found. A snapshot of
/// a file has the file under this name.
inline constexpr auto k_volume_folder = "_data";

} // namespace redoubt::node::launch
