// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// From a request to everything a sandbox is made of, without touching anything: the plan can be printed,
/// compared, and measured.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_config.hpp"
#include "node-daemon/launch/guest_network.hpp"
#include "node-daemon/launch/pod_volume.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::launch {

/// What the node gives to every sandbox.
struct NodeFacts {
    std::filesystem::path kernel;
    std::filesystem::path initramfs;
    std::filesystem::path confidential_initramfs; ///< of the level confidential, in the other's place
    Accelerator accelerator = Accelerator::tcg;
    std::uint64_t default_memory_bytes = 256U << 20U; ///< guest RAM of a container without limit
    std::uint32_t default_vcpus = 1;
    /// The host's TSC frequency; under emulation the guest is told it, as measuring it may hang. 0: not
    /// known.
    std::uint64_t tsc_khz = 0;
    ConfidentialMeans confidential = {};
};

/// One container, alone in a sandbox of its own or in a pod's.
struct PlanRequest {
    SandboxId sandbox;
    std::filesystem::path runtime_directory; ///< of the VM
    ContainerConfig container;
    ImageConfig image;
    std::vector<LayerDisk> layers;                        ///< lowest first
    std::optional<GuestImage> guest_image = std::nullopt; ///< in the place of layers
    NodeFacts node;
    std::vector<std::string> networks; ///< first is eth0; none: the guest has only its loopback interface
    std::vector<PortMapping> ports;    ///< through the first network
    std::vector<VolumeDisk> volumes;   ///< list_disks() of the container's mounts, with their files
    /// SCSI target of its disks: 0 alone in its VM, in a pod one of its own.
    std::uint32_t target = 0;
    /// Of a VM of its own at the level confidential: the annotation with its initdata.
    std::optional<std::string> initdata = {};
};

/// A mount the guest makes before it creates the container. Drivers and fields: Kata agent.proto, Storage.
struct GuestStorage {
    std::string driver; ///< scsi, ephemeral, overlayfs
    std::vector<std::string> driver_options;
    std::string source;
    std::string fstype;
    std::vector<std::string> options;
    std::string mount_point;
};

/// What is to be connected before the VM starts, whose interfaces follow from it.
struct NetworkPlan {
    std::vector<std::string> names;
    std::vector<PortMapping> ports;
    std::uint32_t queues = 1; ///< of each interface; 0: no VM, the container has the interfaces themselves
    std::vector<std::string> aliases = {}; ///< by which others find it
    Bandwidth bandwidth = {};              ///< of the first interface
};

struct LaunchPlan {
    VmSpec vm;                    ///< but its interfaces
    bool may_have_waited = false; ///< a clone that was begun before anybody asked is good enough
    std::string hostname;         ///< of the sandbox
    oci::Spec container;
    std::vector<GuestStorage> storages; ///< in the order to be mounted
    NetworkPlan network;
    std::vector<DiskSpec> volumes;         ///< plugged in when the guest is up
    std::vector<PodVolume> documents = {}; ///< files that the guest is given when it is up
    std::string initdata_disk = {};        ///< its bytes, for k_initdata_file; empty at other levels
    std::string initdata_digest = {};      ///< "sha384:<hex>"
};

/// The initdata disk's name in the VM's folder.
inline constexpr auto k_initdata_file = "initdata.img";

/// What the disk of that number, of list_disks(), is called in the VM.
[[nodiscard]] std::string volume_disk_id(std::uint32_t target, std::size_t number);

/// Guest RAM that is not the container's: kernel, agent, page tables. Measured: docs/adr/0009.
inline constexpr std::uint64_t k_guest_overhead_bytes = 128U << 20U;

/// Errors: invalid_argument naming the field: "memory of 1000 bytes: the least is 6 MiB".
[[nodiscard]] Result<LaunchPlan> make_plan(const PlanRequest& request);

/// The VM that proves an accelerator: it boots the guest kernel with its messages on the console.
[[nodiscard]] VmSpec make_trial_vm(const NodeFacts& node, Accelerator accelerator, SandboxId id,
                                   std::filesystem::path runtime_directory);

/// A VM of this node that is to run containers, without disks and networks yet.
[[nodiscard]] VmSpec make_vm(const NodeFacts& node, SandboxId id, std::filesystem::path runtime_directory,
                             std::uint32_t vcpus, std::uint64_t memory_bytes);

/// Whether the guest kernel tells its life on the console, or only what is wrong.
enum class KernelVoice : std::uint8_t { quiet, telling };
/// The guest kernel's complete command line.
[[nodiscard]] std::string make_cmdline(const NodeFacts& node, Accelerator accelerator, KernelVoice voice);

} // namespace redoubt::node::launch
