// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a VM is made of: the vocabulary that the sandbox's story and the mechanisms share. Values only.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/strong_id.hpp"
#include "node-daemon/launch/confidential_launch.hpp"
#include "node-daemon/launch/isolation_level.hpp"

namespace redoubt::node::launch {

enum class Accelerator { kvm, tcg };

/// A verity-protected, read-only image layer as a disk: data blocks, then the hash tree (no superblock).
/// Source: docs/formats/redoubt-erofs-1.md.
struct LayerDisk {
    std::filesystem::path file;
    std::string root_hash;         ///< SHA-256, lower-case hex
    std::string salt;              ///< hex
    std::uint64_t data_blocks = 0; ///< of 4096 bytes; the hash tree begins right behind them
    std::uint64_t size_bytes = 0;  ///< of the whole file
};

/// A blob of an image as a disk, padded with zeros to whole sectors.
struct BlobDisk {
    std::filesystem::path file;
    std::uint64_t size_bytes = 0; ///< of the blob
};

/// An image that only a guest can read, since layers of it are encrypted.
struct GuestImage {
    std::string reference; ///< which a policy may decide on; see sandbox/guest_image_use.hpp
    BlobDisk manifest;
    BlobDisk config;
    std::vector<BlobDisk> layers;                      ///< lowest first
    std::optional<BlobDisk> signatures = std::nullopt; ///< what there is of them
    std::filesystem::path scratch;                     ///< an empty disk, which the guest unpacks it to
};

/// A disk of a VM on its virtio-scsi bus.
struct DiskSpec {
    std::string id; ///< unique in the VM; [a-z0-9-]
    std::filesystem::path file;
    bool read_only = true;
    std::uint32_t lun = 0;    ///< the guest finds it as SCSI TARGET:LUN
    std::uint32_t target = 0; ///< of a container in a pod its own
};

/// A network interface of a VM. The guest finds it by its MAC.
struct NetworkDevice {
    std::string id;  ///< unique in the VM; [a-z0-9-]
    std::string mac; ///< "02:00:00:00:00:01"
    std::uint32_t mtu = 1500;
    /// Open taps, one a queue: borrowed until the VM has been started, which keeps its own. Only their
    /// number shows in the VM's command.
    std::vector<int> tap_queues;
};

/// What a VM is to a guest template: booted guest memory that other VMs begin with, each with a private copy
/// of what it changes (ADR 0034).
struct TemplateUse {
    enum class Role : std::uint8_t {
        origin, ///< boots, and its memory becomes the template's
        clone   ///< begins where the origin was stopped
    };
    Role role = Role::origin;
    int memory = -1; ///< open file of memory_bytes; borrowed until the VM has been started
};

/// The address of a template's interface, the index-th of VmSpec::networks; its clones get their own by the
/// agent. Locally administered, and never seen on a wire.
[[nodiscard]] std::string template_mac(std::size_t index);

/// Everything a hypervisor needs to start a VM. Pure: the same spec always gives the same command line.
struct VmSpec {
    SandboxId id;
    /// Without a VM all that follows but the folder is only told: the container's process is made of a
    /// specification, which its monitor gets as an agent would.
    IsolationLevel level = IsolationLevel::vm;
    std::filesystem::path kernel;
    std::filesystem::path initramfs;
    std::string cmdline; ///< complete guest kernel command line
    std::uint32_t vcpus = 1;
    std::uint64_t memory_bytes = 0;
    Accelerator accelerator = Accelerator::tcg;
    /// Folder of this VM's sockets, pid file and console log; exists, belongs to this VM alone.
    std::filesystem::path runtime_directory;
    std::vector<DiskSpec> disks; ///< present from the start
    std::vector<NetworkDevice> networks;
    /// Of the level confidential: which secure processor.
    std::optional<ConfidentialLaunch> confidential = {};
    bool has_relay = false; ///< a port by which the guest reaches its key broker
    bool may_be_clone =
        false; ///< of a guest template: a hypervisor that keeps them may do so instead of booting
    std::optional<TemplateUse> of_template = {}; ///< the hypervisor's own to set
};

} // namespace redoubt::node::launch
