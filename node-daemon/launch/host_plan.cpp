// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/host_plan.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "node-daemon/launch/container_mounts.hpp"
#include "node-daemon/launch/container_spec.hpp"

namespace redoubt::node::launch {
namespace {

constexpr std::size_t k_max_layers = 128; // as in a VM

Status check_level_can(const PlanRequest& request, IsolationLevel level) {
    if (request.container.privileged && level == IsolationLevel::runc)
        return fail(
            Code::failed_precondition,
            "privileged: at level runc the container would be root of this host; in a VM it is root of "
            "its VM alone: --runtime vm");
    if (std::ranges::any_of(request.volumes, &VolumeDisk::is_encrypted))
        return fail(Code::failed_precondition,
                    "an encrypted volume is opened inside a VM, so that the host does not have its key: "
                    "--runtime vm");
    if (!request.container.devices.empty())
        return fail(
            Code::failed_precondition,
            "device '{}': devices are those of a VM's kernel, and the host's are not passed on: --runtime vm",
            request.container.devices.front());
    const auto count = request.layers.size();
    if (count == 0) return fail(Code::invalid_argument, "image {}: no layers", request.image.name);
    if (count > k_max_layers)
        return fail(Code::invalid_argument, "image {}: {} layers, the most is {}", request.image.name, count,
                    k_max_layers);
    return {};
}

GuestStorage make_loop(const std::filesystem::path& file, std::string fstype, std::string mount_point) {
    return {.driver = "loop",
            .driver_options = {},
            .source = file.native(),
            .fstype = std::move(fstype),
            .options = {"ro", "nodev"},
            .mount_point = std::move(mount_point)};
}

/// What the container writes lies in memory, as in a VM, and counts as the container's own.
GuestStorage make_scratch(const PlanRequest& request, const std::string& place) {
    GuestStorage scratch{.driver = "ephemeral",
                         .driver_options = {},
                         .source = "tmpfs",
                         .fstype = "tmpfs",
                         .options = {"nodev", "mode=0755"},
                         .mount_point = place};
    if (request.container.memory_bytes != 0)
        scratch.options.push_back(std::format("size={}", request.container.memory_bytes));
    return scratch;
}

std::vector<GuestStorage> make_rootfs(const PlanRequest& request, const std::string& folder) {
    std::vector<GuestStorage> storages;
    storages.reserve(request.layers.size() + 2); // and what is written, and both together
    std::string lower = "lowerdir=";
    for (std::size_t i = 0; i < request.layers.size(); ++i)
        storages.push_back(
            make_loop(request.layers[i].file, "erofs", std::format("{}/layers/{}", folder, i)));
    for (std::size_t i = storages.size(); i-- > 0;) // overlayfs wants the top first
        lower += storages[i].mount_point + (i > 0 ? ":" : "");
    const auto scratch = folder + "/scratch";
    storages.push_back(make_scratch(request, scratch));
    storages.push_back(
        {.driver = "overlayfs",
         .driver_options = {},
         .source = "overlay",
         .fstype = "overlay",
         .options = {lower, "upperdir=" + scratch + "/upper", "workdir=" + scratch + "/work", "nodev"},
         .mount_point = folder + "/rootfs"});
    return storages;
}

bool is_read_only(const VolumeDisk& disk, const std::vector<ContainerMount>& mounts) {
    return std::ranges::all_of(mounts, [&disk](const auto& mount) {
        return mount.kind != disk.kind || mount.source != disk.source || mount.read_only;
    });
}

void add_volumes(const PlanRequest& request, const std::string& folder, std::vector<GuestStorage>& storages) {
    for (std::size_t i = 0; i < request.volumes.size(); ++i) {
        const auto& disk = request.volumes[i];
        const bool is_volume = disk.kind == MountKind::volume;
        auto storage = make_loop(disk.file, is_volume ? "ext4" : "erofs", disk_folder(folder, i));
        storage.options.emplace_back("nosuid");
        if (is_volume && !is_read_only(disk, request.container.mounts)) {
            storage.options.front() = "rw";
            storage.options.emplace_back("discard");
        }
        storages.push_back(std::move(storage));
    }
}

/// The container has a network namespace of its own, and sees the cgroups that its kernel has.
void adapt_to_host(oci::Spec& spec, const SandboxId& sandbox, IsolationLevel level) {
    spec.linux_part.namespaces.push_back({"network", ""});
    // No folder above it: one that goes with its last container would go under the feet of the next.
    spec.linux_part.cgroups_path = cgroup_of(sandbox);
    auto& mounts = spec.mounts;
    // gVisor has cgroups of version 1 only, and none that limit anything.
    if (level == IsolationLevel::gvisor)
        std::erase_if(mounts, [](const auto& mount) { return mount.type == "cgroup2"; });
    for (auto& mount : mounts)
        if (mount.type == "cgroup2") mount.type = mount.source = "cgroup"; // of the host's version
}

} // namespace

std::string cgroup_of(const SandboxId& sandbox) {
    return "/redoubt-" + sandbox.str();
}

void fit_limits(oci::Process& process, const ContainerConfig& request, std::uint64_t open_files) {
    const bool is_asked_for = std::ranges::any_of(request.ulimits, [](const auto& limit) {
        return limit.type.ends_with("nofile") || limit.type.ends_with("NOFILE");
    });
    if (is_asked_for || open_files == 0) return;
    for (auto& limit : process.rlimits) {
        if (limit.type != "RLIMIT_NOFILE") continue;
        limit.hard = std::min(limit.hard, open_files);
        limit.soft = std::min(limit.soft, open_files);
    }
}

Result<LaunchPlan> make_host_plan(const PlanRequest& request, IsolationLevel level, const HostSize& host) {
    RDT_CHECK(check_level_can(request, level));
    const auto folder = request.runtime_directory.native();
    LaunchPlan plan;
    RDT_TRY(plan.container, make_container_spec(request.container, request.image, folder));
    adapt_to_host(plan.container, request.sandbox, level);
    fit_limits(plan.container.process, request.container, host.open_files);
    plan.vm.id = request.sandbox;
    plan.vm.level = level;
    plan.vm.vcpus = host.processors;
    plan.vm.memory_bytes = host.memory_bytes;
    plan.vm.runtime_directory = request.runtime_directory;
    plan.hostname = plan.container.hostname;
    plan.storages = make_rootfs(request, folder);
    add_volumes(request, folder, plan.storages);
    plan.network = {.names = request.networks, .ports = request.ports, .queues = 0};
    return plan;
}

} // namespace redoubt::node::launch
