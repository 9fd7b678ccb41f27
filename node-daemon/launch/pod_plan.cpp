// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/pod_plan.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <utility>

#include "node-daemon/launch/confidential_plan.hpp"
#include "node-daemon/launch/container_mount.hpp"
#include "node-daemon/launch/vm_size.hpp"

namespace redoubt::node::launch {
namespace {

// Source: the agent's folder of what belongs to the whole sandbox, docs/formats/agent-api.md.
constexpr auto k_shared_folder = "/run/kata-containers/sandbox";
constexpr std::uint64_t k_kibibyte = 1024;

std::string mount_point(const PodVolume& volume) {
    return std::format("{}/volumes/{}", k_shared_folder, volume.name);
}

Result<std::uint64_t> choose_memory(const PodPlanRequest& request) {
    std::uint64_t sum = 0;
    bool has_unlimited = request.members.empty();
    for (const auto& member : request.members) {
        if (member.memory_bytes > k_max_memory)
            return fail(Code::invalid_argument, "memory of {} bytes: the most is {}", member.memory_bytes,
                        k_max_memory);
        has_unlimited = has_unlimited || member.memory_bytes == 0;
        sum += member.memory_bytes;
    }
    for (const auto& volume : request.volumes)
        if (volume.kind == PodVolumeKind::memory) sum += std::min(volume.size_bytes, k_max_memory);
    sum += has_unlimited ? request.node.default_memory_bytes : k_guest_overhead_bytes;
    if (sum > k_max_memory)
        return fail(Code::invalid_argument, "memory of {} bytes in all: the most is {}", sum, k_max_memory);
    return round_memory(sum);
}

Result<std::uint32_t> choose_vcpus(const PodPlanRequest& request) {
    double sum = 0;
    for (const auto& member : request.members) sum += member.cpus;
    if (sum > k_max_vcpus)
        return fail(Code::invalid_argument, "cpus of {} in all: the most is {}", sum, k_max_vcpus);
    return std::max(static_cast<std::uint32_t>(std::ceil(sum)), request.node.default_vcpus);
}

GuestStorage make_memory(const PodVolume& volume) {
    GuestStorage storage{.driver = "ephemeral",
                         .driver_options = {},
                         .source = "tmpfs",
                         .fstype = "tmpfs",
                         .options = {"mode=777"},
                         .mount_point = mount_point(volume)};
    if (volume.size_bytes != 0)
        storage.options.push_back(std::format("size={}k", (volume.size_bytes + k_kibibyte - 1) / k_kibibyte));
    return storage;
}

/// `is_sealed`: with a key that the guest draws and nobody keeps.
void add_disk(const PodVolume& volume, const std::filesystem::path& file, bool is_sealed, LaunchPlan& plan) {
    const auto number = static_cast<std::uint32_t>(plan.vm.disks.size());
    plan.vm.disks.push_back(
        {.id = std::format("pod-{}", number), .file = file, .read_only = false, .lun = number});
    plan.storages.push_back({.driver = "scsi",
                             .driver_options = {},
                             .source = std::format("0:{}", number),
                             .fstype = "ext4",
                             .options = {"rw"},
                             .mount_point = mount_point(volume)});
    if (is_sealed)
        plan.storages.back().driver_options.emplace_back("encryption_key=ephemeral");
    else
        plan.storages.back().options.emplace_back("discard");
}

void add_volumes(const PodPlanRequest& request, LaunchPlan& plan) {
    auto disk = request.disks.begin();
    for (const auto& volume : request.volumes) {
        switch (volume.kind) {
        case PodVolumeKind::memory: plan.storages.push_back(make_memory(volume)); break;
        case PodVolumeKind::disk: add_disk(volume, *disk++, request.initdata.has_value(), plan); break;
        case PodVolumeKind::files: plan.documents.push_back(volume); break;
        }
    }
}

} // namespace

std::string pod_volume_folder(const PodVolume& volume) {
    switch (volume.kind) {
    case PodVolumeKind::memory: return mount_point(volume);
    case PodVolumeKind::disk: return mount_point(volume) + "/" + k_volume_folder;
    case PodVolumeKind::files: return std::format("{}/config/{}", k_shared_folder, volume.name);
    }
    return {};
}

Result<LaunchPlan> make_pod_plan(const PodPlanRequest& request) {
    const auto disks = std::ranges::count(request.volumes, PodVolumeKind::disk, &PodVolume::kind);
    if (std::cmp_not_equal(disks, request.disks.size()))
        return fail(Code::internal, "{} files for {} disks of a pod", request.disks.size(), disks);
    LaunchPlan plan;
    RDT_TRY(const auto memory, choose_memory(request));
    RDT_TRY(const auto vcpus, choose_vcpus(request));
    plan.vm = make_vm(request.node, request.sandbox, request.runtime_directory, vcpus, memory);
    plan.hostname = request.hostname;
    plan.network = {
        .names = request.networks, .ports = request.ports, .queues = std::min(vcpus, k_most_queues)};
    add_volumes(request, plan);
    if (request.initdata) RDT_CHECK(make_confidential(request.node, *request.initdata, plan));
    return plan;
}

} // namespace redoubt::node::launch
