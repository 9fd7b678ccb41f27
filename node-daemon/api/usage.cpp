// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {
namespace {

pb::ContainerUsage encode(const sandbox::ContainerUsage& usage) {
    pb::ContainerUsage out;
    out.set_id(usage.id.str());
    out.set_name(usage.name);
    out.set_time(usage.time);
    out.set_started_at(usage.started_at);
    out.set_cpu_usage_ns(usage.cpu_usage_ns);
    out.set_memory_bytes(usage.memory_bytes);
    out.set_memory_limit_bytes(usage.memory_limit_bytes);
    out.set_network_received_bytes(usage.network_received_bytes);
    out.set_network_sent_bytes(usage.network_sent_bytes);
    out.set_block_read_bytes(usage.block_read_bytes);
    out.set_block_written_bytes(usage.block_written_bytes);
    out.set_pids(usage.pids);
    out.set_pids_limit(usage.pids_limit);
    out.set_vcpus(usage.vcpus);
    return out;
}

pb::ContainerProcess encode(const launch::GuestProcessInfo& process) {
    pb::ContainerProcess out;
    out.set_pid(process.pid);
    out.set_ppid(process.ppid);
    out.set_user(process.user);
    out.set_uid(process.uid);
    out.set_gid(process.gid);
    out.set_state(process.state);
    out.set_terminal(process.terminal);
    out.set_cpu_time_ns(process.cpu_time_ns);
    out.set_elapsed_ns(process.elapsed_ns);
    out.set_resident_bytes(process.resident_bytes);
    out.set_virtual_bytes(process.virtual_bytes);
    out.set_nice(process.nice);
    out.set_process_group(process.process_group);
    out.set_threads(process.threads);
    out.set_name(process.name);
    for (const auto& word : process.command) out.add_command(word);
    return out;
}

pb::PathChange::Kind encode(launch::ChangeKind kind) {
    switch (kind) {
    case launch::ChangeKind::changed: return pb::PathChange::CHANGED;
    case launch::ChangeKind::added: return pb::PathChange::ADDED;
    case launch::ChangeKind::deleted: return pb::PathChange::DELETED;
    }
    return pb::PathChange::KIND_UNSPECIFIED;
}

pb::GetDiskUsageResponse encode(const sandbox::DiskUsage& usage) {
    pb::GetDiskUsageResponse out;
    for (const auto& image : usage.images) {
        auto* added = out.add_images();
        added->set_id(image.id);
        for (const auto& name : image.names) added->add_names(name);
        added->set_created_at(image.created_at);
        added->set_size_bytes(image.size_bytes);
        added->set_shared_bytes(image.shared_bytes);
        added->set_containers(image.containers);
    }
    out.set_image_bytes(usage.image_bytes);
    out.set_reclaimable_image_bytes(usage.reclaimable_image_bytes);
    for (const auto& container : usage.containers) {
        auto* added = out.add_containers();
        added->set_id(container.id.str());
        added->set_name(container.name);
        added->set_image(container.image);
        added->set_state(api::encode(container.state));
        added->set_created_at(container.created_at);
        added->set_size_bytes(container.size_bytes);
    }
    return out;
}

} // namespace

Task<pb::ContainerStatsResponse> container_stats(sandbox::Node& node, pb::ContainerStatsRequest request) {
    const std::vector<std::string> containers(request.containers().begin(), request.containers().end());
    RDT_CO_TRY(const auto usages, co_await sandbox::container_stats(node, containers));
    pb::ContainerStatsResponse response;
    for (const auto& usage : usages) *response.add_containers() = encode(usage);
    co_return response;
}

Task<pb::TopContainerResponse> top_container(sandbox::Node& node, pb::TopContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_TRY(const auto processes, co_await sandbox::container_processes(node, request.container()));
    pb::TopContainerResponse response;
    for (const auto& process : processes) *response.add_processes() = encode(process);
    co_return response;
}

Task<void> diff_container(sandbox::Node& node, pb::DiffContainerRequest request,
                          ResponseSink<pb::DiffContainerResponse>& responses) {
    RDT_CO_CHECK(require("container", request.container()));
    std::string after;
    while (true) {
        RDT_CO_TRY(const auto changes, co_await sandbox::container_changes(node, request.container(), after));
        if (changes.empty()) co_return Status();
        after = changes.back().path;
        pb::DiffContainerResponse response;
        for (const auto& change : changes) {
            auto* added = response.add_changes();
            added->set_kind(encode(change.kind));
            added->set_path(change.path);
        }
        if (!co_await responses.write(std::move(response))) co_return Status();
    }
}

Task<pb::PruneImagesResponse> prune_images(sandbox::Node& node, pb::PruneImagesRequest request) {
    const auto scope = request.all() ? sandbox::PruneScope::unused : sandbox::PruneScope::nameless;
    RDT_CO_TRY(const auto pruned, co_await sandbox::prune_images(node, scope));
    pb::PruneImagesResponse response;
    for (const auto& image : pruned.images) {
        auto* added = response.add_images();
        added->set_id(image.id);
        for (const auto& name : image.names) added->add_names(name);
    }
    response.set_reclaimed_bytes(pruned.reclaimed_bytes);
    co_return response;
}

Task<pb::GetDiskUsageResponse> get_disk_usage(sandbox::Node& node, pb::GetDiskUsageRequest /*request*/) {
    RDT_CO_TRY(const auto usage, co_await sandbox::disk_usage(node));
    auto response = encode(usage);
    for (const auto& volume : sandbox::list_volumes(node)) *response.add_volumes() = api::encode(volume);
    co_return response;
}

} // namespace redoubt::node::api
