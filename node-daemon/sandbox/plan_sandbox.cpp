// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/plan_sandbox.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <variant>

#include "common/encoding/hex.hpp"
#include "node-daemon/launch/confidential_plan.hpp"
#include "node-daemon/launch/host_plan.hpp"
#include "node-daemon/launch/pod_plan.hpp"
#include "node-daemon/launch/stated_spec.hpp"
#include "node-daemon/launch/vm_start.hpp"
#include "node-daemon/sandbox/confidential_sandbox.hpp"
#include "node-daemon/sandbox/connect_network.hpp"
#include "node-daemon/sandbox/guest_image_use.hpp"
#include "node-daemon/sandbox/pod.hpp"
#include "node-daemon/sandbox/volume_use.hpp"
#include "node-daemon/storage/blob_store.hpp"
#include "node-daemon/storage/layer_store.hpp"

namespace redoubt::node::sandbox {
namespace {

Result<std::vector<launch::LayerDisk>> find_layers(const Node& node, const image::StoredImage& image) {
    std::vector<launch::LayerDisk> layers;
    for (const auto& layer : image.layers) {
        auto disk = node.layers.find(layer.diff_id);
        if (!disk)
            return fail(Code::failed_precondition,
                        "layer {} of image {} is not on this node: pull the image again", layer.diff_id,
                        image.id);
        layers.push_back(std::move(*disk));
    }
    return layers;
}

Authorised authorised_by(const Container& container) {
    const auto& annotations = container.pod ? container.pod->spec.annotations : container.spec.annotations;
    return launch::has_signature_policy(launch::initdata_of(annotations)) ? Authorised::by_signature
                                                                          : Authorised::by_digest;
}

/// The image's blobs, for the guest to decrypt and unpack.
Result<launch::GuestImage> find_guest_image(const Node& node, const Container& container,
                                            const image::StoredImage& image) {
    const storage::BlobStore blobs(node.guest_blob_directory());
    const auto find = [&](const std::string& digest, std::uint64_t size) -> Result<launch::BlobDisk> {
        if (auto disk = blobs.find(digest, size)) return *std::move(disk);
        return fail(Code::failed_precondition,
                    "blob {} of image {} is not on this node: pull the image again", digest, image.id);
    };
    launch::GuestImage guest;
    guest.reference = guest_reference(container.spec.image, image, authorised_by(container));
    RDT_TRY(guest.manifest, find(image.manifest_digest, image.manifest_json.size()));
    RDT_TRY(guest.config, find(image.config_digest, image.config_json.size()));
    for (const auto& layer : image.layers) {
        RDT_TRY(auto disk, find(layer.digest, layer.size_bytes));
        guest.layers.push_back(std::move(disk));
    }
    if (!image.signatures.empty()) {
        RDT_TRY(guest.signatures, find(image.signatures_digest, image.signatures.size()));
    }
    guest.scratch = scratch_file(node, container);
    return guest;
}

/// Only where the host cannot look may the guest decrypt.
Status check_encrypted(const Container& container, const image::StoredImage& image) {
    const auto level = container.spec.level;
    if (!image.is_encrypted || level == launch::IsolationLevel::confidential) return {};
    return fail(Code::failed_precondition,
                "image '{}' is encrypted: it needs the level confidential, which this container of level {} "
                "has not; run it with --runtime confidential",
                container.spec.image, launch::name_of(level));
}

bool is_file(const std::filesystem::path& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

void describe_processor(const launch::SimulatedLaunch& simulated, ConfidentialInfo& info) {
    info.trust = k_simulation;
    info.host_data = encoding::to_hex(simulated.host_data);
}

void describe_processor(const launch::SnpLaunch& snp, ConfidentialInfo& info) {
    info.trust = k_sev_snp;
    info.firmware = snp.firmware;
    info.host_data = encoding::to_hex(snp.host_data);
}

void describe_processor(const launch::TdxLaunch& tdx, ConfidentialInfo& info) {
    info.trust = k_tdx;
    info.firmware = tdx.firmware;
    info.host_data = encoding::to_hex(tdx.mr_config_id);
}

SandboxInfo describe(const launch::VmSpec& vm, const std::vector<launch::LayerDisk>& layers) {
    SandboxInfo info;
    info.id = vm.id;
    info.vcpus = vm.vcpus;
    info.memory_bytes = vm.memory_bytes;
    info.hypervisor = "qemu";
    info.accelerator = vm.accelerator == launch::Accelerator::kvm ? "kvm" : "tcg";
    info.kernel_cmdline = vm.cmdline;
    if (vm.confidential)
        std::visit([&info](const auto& processor) { describe_processor(processor, info.confidential); },
                   *vm.confidential);
    for (const auto& disk : vm.disks) {
        const auto layer = std::ranges::find(layers, disk.file, &launch::LayerDisk::file);
        info.disks.push_back(
            {disk.id, disk.file, disk.read_only, layer != layers.end() ? layer->root_hash : ""});
    }
    return info;
}

/// Without a VM its monitor mounts files.
SandboxInfo describe_host(const launch::LaunchPlan& plan) {
    SandboxInfo info;
    info.id = plan.vm.id;
    info.hypervisor = launch::name_of(plan.vm.level);
    info.vcpus = plan.vm.vcpus;
    info.memory_bytes = plan.vm.memory_bytes;
    for (const auto& storage : plan.storages)
        if (storage.driver == "loop")
            info.disks.push_back({std::filesystem::path(storage.mount_point)
                                      .lexically_relative(plan.vm.runtime_directory)
                                      .native(),
                                  storage.source, storage.options.front() == "ro", ""});
    return info;
}

void describe_volumes(const std::vector<launch::DiskSpec>& volumes, SandboxInfo& info) {
    for (const auto& disk : volumes) info.disks.push_back({disk.id, disk.file, disk.read_only, ""});
}

/// Volumes of the pod as the guest has them.
Status find_pod_volumes(const Container& container, launch::ContainerConfig& config) {
    for (auto& mount : config.mounts) {
        if (mount.kind != launch::MountKind::pod) continue;
        const auto volumes = container.pod ? container.pod->spec.volumes : std::vector<launch::PodVolume>();
        const auto found = std::ranges::find(volumes, mount.source, &launch::PodVolume::name);
        if (found == volumes.end())
            return fail(Code::invalid_argument, "mount at '{}': its pod has no volume '{}'", mount.target,
                        mount.source);
        mount.source = launch::pod_volume_folder(*found);
    }
    return {};
}

/// What of the level confidential the node's settings say.
void add_settings(const Node& node, PlannedSandbox& planned) {
    if (!planned.plan.vm.confidential) return;
    auto& info = planned.facts.info.confidential;
    info.initdata_digest = planned.plan.initdata_digest;
    if (info.firmware.empty()) info.firmware = node.settings.measured.firmware;
    if (planned.plan.vm.has_relay) info.broker = node.settings.broker.str();
}

/// At the container's level.
Result<PlannedSandbox> make_plan(const launch::PlanRequest& request, const Node& node,
                                 launch::IsolationLevel level) {
    PlannedSandbox planned;
    if (launch::is_on_host(level)) {
        const launch::HostSize host{.processors = node.settings.host.cpus,
                                    .memory_bytes = node.settings.host.memory_bytes,
                                    .open_files = most_open_files()};
        RDT_TRY(planned.plan, launch::make_host_plan(request, level, host));
        planned.facts.info = describe_host(planned.plan);
        return planned;
    }
    RDT_TRY(planned.plan, launch::make_plan(request));
    planned.facts.info = describe(planned.plan.vm, request.layers);
    add_settings(node, planned);
    describe_volumes(planned.plan.volumes, planned.facts.info);
    return planned;
}

/// As its pod's manifest has them: the node puts the pod's name in front of a member's.
launch::StatedNames stated_names(const Container& container) {
    const auto& name = container.record.name;
    launch::StatedNames names{
        .pod = name, .name_space = "default", .container = name, .image = container.spec.image};
    if (container.pod) {
        names.pod = container.pod->record.name;
        if (name.starts_with(names.pod + "-")) names.container = name.substr(names.pod.size() + 1);
    }
    return names;
}

} // namespace

std::uint64_t most_open_files() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY ? limit.rlim_max : 0;
}

launch::ContainerConfig make_container_config(const Container& container) {
    const auto& spec = container.spec;
    return {.id = container.record.id,
            .entrypoint = spec.entrypoint,
            .clear_entrypoint = spec.clear_entrypoint,
            .command = spec.command,
            .environment = spec.environment,
            .working_directory = spec.working_directory,
            .user = spec.user,
            .terminal = spec.terminal,
            .read_only_rootfs = spec.read_only_rootfs,
            .memory_bytes = spec.memory_bytes,
            .cpus = spec.cpus,
            .hostname = container.pod ? container.pod->spec.hostname : spec.hostname,
            .terminal_size = spec.terminal_size,
            .mounts = spec.mounts,
            .added_capabilities = spec.added_capabilities,
            .dropped_capabilities = spec.dropped_capabilities,
            .privileged = spec.privileged,
            .shm_bytes = spec.shm_bytes,
            .ulimits = spec.ulimits,
            .devices = spec.devices};
}

launch::ImageConfig make_image_config(const image::StoredImage& image) {
    return {.name = image.names.empty() ? image.id : image.names.begin()->first,
            .environment = image.config.env,
            .entrypoint = image.config.entrypoint,
            .command = image.config.cmd,
            .user = image.config.user,
            .working_directory = image.config.working_dir};
}

Result<PlannedSandbox> plan_sandbox(const Node& node, const Container& container, SandboxId sandbox) {
    auto image = node.images.find(container.record.image_id);
    if (!image)
        return fail(Code::failed_precondition, "its image is not on this node any more: {}",
                    image.error().message);
    launch::PlanRequest request;
    request.runtime_directory = node.sandbox_directory(sandbox);
    request.sandbox = std::move(sandbox);
    request.container = make_container_config(container);
    for (auto& mount : request.container.mounts)
        mount.is_file = mount.kind == launch::MountKind::bind && is_file(mount.source);
    RDT_CHECK(find_pod_volumes(container, request.container));
    if (container.sandbox) request.target = container.sandbox->slot;
    RDT_TRY(request.volumes, find_disks(node, container));
    request.image = make_image_config(*image);
    RDT_CHECK(check_encrypted(container, *image));
    if (image->is_encrypted) {
        RDT_TRY(request.guest_image, find_guest_image(node, container, *image));
    } else {
        RDT_TRY(request.layers, find_layers(node, *image));
    }
    request.node = node.settings.facts;
    if (container.spec.level == launch::IsolationLevel::confidential && !container.pod)
        request.initdata = launch::initdata_of(container.spec.annotations);
    std::ranges::remove_copy(container.spec.networks, std::back_inserter(request.networks), k_no_network);
    request.ports = container.spec.ports;
    RDT_TRY(auto planned, make_plan(request, node, container.spec.level));
    if (container.spec.level == launch::IsolationLevel::confidential)
        launch::state_for_policy(stated_names(container), planned.plan.container);
    planned.plan.network.aliases = {container.record.name, container.record.id.str().substr(0, 12)};
    if (!container.spec.hostname.empty()) planned.plan.network.aliases.push_back(container.spec.hostname);
    RDT_TRY(planned.plan.network.bandwidth, parse_bandwidth(container.spec.annotations));
    RDT_TRY(planned.plan.vm.may_be_clone, launch::may_be_clone(container.spec.annotations));
    planned.plan.may_have_waited = launch::may_have_waited(container.spec.annotations);
    planned.facts.image = std::move(request.image);
    return planned;
}

Result<PlannedSandbox> plan_pod(const Node& node, const Pod& pod, SandboxId sandbox,
                                std::vector<std::filesystem::path> disks) {
    launch::PodPlanRequest request;
    request.runtime_directory = node.sandbox_directory(sandbox);
    request.sandbox = std::move(sandbox);
    request.hostname = pod.spec.hostname;
    for (const auto& container : members_of(node, pod))
        request.members.push_back({container->spec.memory_bytes, container->spec.cpus});
    request.volumes = pod.spec.volumes;
    request.disks = std::move(disks);
    request.node = node.settings.facts;
    if (pod.spec.level == launch::IsolationLevel::confidential)
        request.initdata = launch::initdata_of(pod.spec.annotations);
    std::ranges::remove_copy(pod.spec.networks, std::back_inserter(request.networks), k_no_network);
    request.ports = pod.spec.ports;
    PlannedSandbox planned;
    RDT_TRY(planned.plan, launch::make_pod_plan(request));
    planned.plan.network.aliases = {pod.record.name};
    if (pod.spec.hostname != pod.record.name) planned.plan.network.aliases.push_back(pod.spec.hostname);
    for (const auto& container : members_of(node, pod))
        planned.plan.network.aliases.push_back(container->record.name);
    RDT_TRY(planned.plan.network.bandwidth, parse_bandwidth(pod.spec.annotations));
    RDT_TRY(planned.plan.vm.may_be_clone, launch::may_be_clone(pod.spec.annotations));
    planned.plan.may_have_waited = launch::may_have_waited(pod.spec.annotations);
    planned.facts.info = describe(planned.plan.vm, {});
    add_settings(node, planned);
    return planned;
}

} // namespace redoubt::node::sandbox
