// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/plan.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <utility>

#include "node-daemon/launch/confidential_plan.hpp"
#include "node-daemon/launch/container_mounts.hpp"
#include "node-daemon/launch/container_spec.hpp"
#include "node-daemon/launch/guest_image.hpp"
#include "node-daemon/launch/vm_size.hpp"

namespace redoubt::node::launch {
namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20U;
constexpr std::size_t k_max_layers = 128;              // overlayfs takes more, its mount options do not
constexpr std::uint32_t k_first_volume = k_max_layers; // the lun behind those of layers
constexpr std::uint64_t k_trial_memory = 128 * k_mebibyte;

Result<std::uint64_t> choose_memory(const PlanRequest& request) {
    const auto limit = request.container.memory_bytes;
    if (limit == 0) return round_memory(request.node.default_memory_bytes);
    if (limit > k_max_memory)
        return fail(Code::invalid_argument, "memory of {} bytes: the most is {}", limit, k_max_memory);
    return round_memory(limit + k_guest_overhead_bytes);
}

Result<std::uint32_t> choose_vcpus(const PlanRequest& request) {
    if (request.container.cpus == 0) return request.node.default_vcpus;
    if (request.container.cpus > k_max_vcpus)
        return fail(Code::invalid_argument, "cpus of {}: the most is {}", request.container.cpus,
                    k_max_vcpus);
    return static_cast<std::uint32_t>(std::ceil(request.container.cpus));
}

/// Of a container in a pod, which shares the VM's names: "c3-".
std::string disk_prefix(std::uint32_t target) {
    return target == 0 ? "" : std::format("c{}-", target);
}

GuestStorage make_layer_storage(const LayerDisk& layer, std::uint32_t target, std::size_t number,
                                const std::string& folder) {
    return {.driver = "scsi",
            .driver_options = {"verity_root_hash=" + layer.root_hash, "verity_salt=" + layer.salt,
                               std::format("verity_data_blocks={}", layer.data_blocks)},
            .source = std::format("{}:{}", target, number),
            .fstype = "erofs",
            .options = {"ro"},
            .mount_point = std::format("{}/layers/{}", folder, number)};
}

/// Layer disks, a writable place in guest memory, and the overlay of both: the container's root filesystem.
std::vector<GuestStorage> make_storages(const std::vector<LayerDisk>& layers, std::uint32_t target,
                                        const std::string& folder) {
    std::vector<GuestStorage> storages;
    storages.reserve(layers.size() + 2);
    std::string lower = "lowerdir=";
    for (std::size_t i = 0; i < layers.size(); ++i)
        storages.push_back(make_layer_storage(layers[i], target, i, folder));
    for (std::size_t i = layers.size(); i-- > 0;)
        lower += storages[i].mount_point + (i > 0 ? ":" : ""); // overlayfs wants the top first
    const auto scratch = folder + "/scratch";
    storages.push_back({.driver = "ephemeral",
                        .driver_options = {},
                        .source = "tmpfs",
                        .fstype = "tmpfs",
                        .options = {},
                        .mount_point = scratch});
    storages.push_back({.driver = "overlayfs",
                        .driver_options = {},
                        .source = "overlay",
                        .fstype = "overlay",
                        .options = {lower, "upperdir=" + scratch + "/upper", "workdir=" + scratch + "/work"},
                        .mount_point = folder + "/rootfs"});
    return storages;
}

std::vector<DiskSpec> make_disks(const std::vector<LayerDisk>& layers, std::uint32_t target) {
    std::vector<DiskSpec> disks;
    disks.reserve(layers.size());
    for (std::uint32_t i = 0; i < layers.size(); ++i)
        disks.push_back({.id = std::format("{}layer-{}", disk_prefix(target), i),
                         .file = layers[i].file,
                         .read_only = true,
                         .lun = i,
                         .target = target});
    return disks;
}

bool is_read_only(const VolumeDisk& disk, const std::vector<ContainerMount>& mounts) {
    return std::ranges::all_of(mounts, [&disk](const auto& mount) {
        return mount.kind != disk.kind || mount.source != disk.source || mount.read_only;
    });
}

/// The disk of a volume that is only to be read is writable still: its journal may have to be replayed.
GuestStorage make_volume_storage(const VolumeDisk& disk, const DiskSpec& place, bool read_only) {
    GuestStorage storage{.driver = "scsi",
                         .driver_options = {},
                         .source = std::format("{}:{}", place.target, place.lun),
                         .fstype = disk.kind == MountKind::volume ? "ext4" : "erofs",
                         .options = {read_only ? "ro" : "rw"},
                         .mount_point = {}};
    if (disk.is_encrypted)
        storage.driver_options.push_back(
            std::format("encryption_key={}", disk.key_uri.empty() ? "ephemeral" : disk.key_uri));
    if (disk.kind == MountKind::volume && !disk.is_encrypted) storage.options.emplace_back("discard");
    return storage;
}

void add_volumes(const PlanRequest& request, const std::string& folder, LaunchPlan& plan) {
    const auto& mounts = request.container.mounts;
    for (std::uint32_t i = 0; i < request.volumes.size(); ++i) {
        const auto& disk = request.volumes[i];
        plan.volumes.push_back({.id = volume_disk_id(request.target, i),
                                .file = disk.file,
                                .read_only = disk.kind == MountKind::bind,
                                .lun = k_first_volume + i,
                                .target = request.target});
        auto storage = make_volume_storage(disk, plan.volumes.back(), is_read_only(disk, mounts));
        storage.mount_point = disk_folder(folder, i);
        plan.storages.push_back(std::move(storage));
    }
}

/// One queue a processor: the guest's driver uses no more.
NetworkPlan make_network(const PlanRequest& request, std::uint32_t vcpus) {
    return {.names = request.networks, .ports = request.ports, .queues = std::min(vcpus, k_most_queues)};
}

/// What the container's root filesystem is made of.
void add_root(const PlanRequest& request, const std::string& folder, LaunchPlan& plan) {
    if (!request.guest_image) {
        plan.vm.disks = make_disks(request.layers, request.target);
        plan.storages = make_storages(request.layers, request.target, folder);
        return;
    }
    const auto& image = *request.guest_image;
    const auto prefix = disk_prefix(request.target);
    plan.vm.disks = guest_image_disks(image, prefix, request.target);
    plan.volumes.push_back(guest_scratch_disk(image, prefix, request.target));
    plan.storages.push_back(guest_image_storage(image, request.target, folder));
}

Status check_layers(const PlanRequest& request) {
    if (request.guest_image) return check_guest_image(*request.guest_image);
    const auto count = request.layers.size();
    if (count == 0) return fail(Code::invalid_argument, "image {}: no layers", request.image.name);
    if (count > k_max_layers)
        return fail(Code::invalid_argument, "image {}: {} layers, the most is {}", request.image.name, count,
                    k_max_layers);
    return {};
}

} // namespace

std::string volume_disk_id(std::uint32_t target, std::size_t number) {
    return std::format("{}volume-{}", disk_prefix(target), number);
}

std::string make_cmdline(const NodeFacts& node, Accelerator accelerator, KernelVoice voice) {
    // A guest that panics resets at once, which ends its VM.
    // And its agent asks the SCSI bus for the disks there are: a kernel that boots would ask 256 targets.
    std::string cmdline = "console=hvc0 panic=-1 reboot=t scsi_mod.scan=manual";
    if (voice == KernelVoice::quiet) cmdline += " quiet";
    if (accelerator != Accelerator::tcg) return cmdline;
    // On a busy host the emulated timer's first ticks come late, and the kernel panics over a timer it takes
    // for broken.
    cmdline += " no_timer_check";
    // The emulated counter is the host's, and a microvm has no other clock to check it by: the kernel would
    // wait for that check for good, with its tick on a hundred times a second, asleep or not. Timers finer
    // than a tick it need not have: programming them is what emulation is slow at.
    if (node.tsc_khz != 0) cmdline += std::format(" tsc_early_khz={} tsc=reliable highres=off", node.tsc_khz);
    return cmdline;
}

std::string template_mac(std::size_t index) {
    return std::format("02:52:44:54:00:{:02x}", index);
}

VmSpec make_vm(const NodeFacts& node, SandboxId id, std::filesystem::path runtime_directory,
               std::uint32_t vcpus, std::uint64_t memory_bytes) {
    return {.id = std::move(id),
            .kernel = node.kernel,
            .initramfs = node.initramfs,
            .cmdline = make_cmdline(node, node.accelerator, KernelVoice::quiet),
            .vcpus = vcpus,
            .memory_bytes = memory_bytes,
            .accelerator = node.accelerator,
            .runtime_directory = std::move(runtime_directory),
            .disks = {},
            .networks = {}};
}

VmSpec make_trial_vm(const NodeFacts& node, Accelerator accelerator, SandboxId id,
                     std::filesystem::path runtime_directory) {
    return {.id = std::move(id),
            .kernel = node.kernel,
            .initramfs = node.initramfs,
            .cmdline = make_cmdline(node, accelerator, KernelVoice::telling),
            .vcpus = 1,
            .memory_bytes = k_trial_memory,
            .accelerator = accelerator,
            .runtime_directory = std::move(runtime_directory),
            .disks = {},
            .networks = {}};
}

Result<LaunchPlan> make_plan(const PlanRequest& request) {
    RDT_CHECK(check_layers(request));
    const auto folder = guest_folder(request.container.id);
    LaunchPlan plan;
    RDT_TRY(plan.container, make_container_spec(request.container, request.image, folder));
    RDT_TRY(const auto memory, choose_memory(request));
    RDT_TRY(const auto vcpus, choose_vcpus(request));
    plan.vm = make_vm(request.node, request.sandbox, request.runtime_directory, vcpus, memory);
    plan.hostname = plan.container.hostname;
    add_root(request, folder, plan);
    add_volumes(request, folder, plan);
    plan.network = make_network(request, vcpus);
    if (request.initdata) RDT_CHECK(make_confidential(request.node, *request.initdata, plan));
    return plan;
}

} // namespace redoubt::node::launch
