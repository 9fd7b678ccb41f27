// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/decode.hpp"

#include <algorithm>

namespace redoubt::gui {
namespace {

template <class Words>
std::string joined(const Words& words, std::string_view separator) {
    std::string out;
    for (const auto& word : words) {
        if (!out.empty()) out += separator;
        out += word;
    }
    return out;
}

// What this console does not know of is shown as the least there is.
WorkloadState state_of(const pb::ContainerSummary& summary) {
    const auto state = summary.state();
    if (state == pb::STARTING) return WorkloadState::starting;
    if (state == pb::RUNNING) return summary.paused() ? WorkloadState::paused : WorkloadState::running;
    if (state == pb::STOPPING) return WorkloadState::stopping;
    return state == pb::EXITED ? WorkloadState::exited : WorkloadState::created;
}

WorkloadState state_of(pb::PodState state) {
    if (state == pb::POD_RUNNING) return WorkloadState::running;
    if (state == pb::POD_DEGRADED) return WorkloadState::degraded;
    return state == pb::POD_EXITED ? WorkloadState::exited : WorkloadState::created;
}

bool is_done(pb::LayerProgress::Phase phase) {
    return phase == pb::LayerProgress::DONE || phase == pb::LayerProgress::EXISTS;
}

std::string_view name_of_phase(pb::LayerProgress::Phase phase) {
    if (phase == pb::LayerProgress::DOWNLOADING) return "downloading";
    if (phase == pb::LayerProgress::CONVERTING) return "converting";
    return is_done(phase) ? "done" : "waiting";
}

} // namespace

Workload decode(const pb::ContainerSummary& summary) {
    Workload out;
    out.id = summary.id();
    out.name = summary.name();
    out.state = state_of(summary);
    out.image = summary.image();
    out.command = joined(summary.command(), " ");
    out.level = summary.runtime().empty() ? "vm" : summary.runtime();
    out.pod = summary.pod();
    out.reason = summary.oom_killed() && summary.reason().empty() ? "out of memory" : summary.reason();
    out.created_at = summary.created_at();
    out.started_at = summary.started_at();
    out.finished_at = summary.finished_at();
    out.exit_code = summary.exit_code();
    out.restarts = summary.restarts();
    out.simulation = summary.simulation();
    return out;
}

Workload decode(const pb::PodSummary& summary) {
    Workload out;
    out.id = summary.id();
    out.name = summary.name();
    out.kind = WorkloadKind::pod;
    out.state = state_of(summary.state());
    out.created_at = summary.created_at();
    out.started_at = summary.started_at();
    out.members = static_cast<std::uint32_t>(summary.containers_size());
    out.level = summary.containers().empty() ? "" : decode(summary.containers(0)).level;
    for (const auto& container : summary.containers())
        out.simulation = out.simulation || container.simulation();
    return out;
}

std::vector<Workload> decode(const pb::ListContainersResponse& containers, const pb::ListPodsResponse& pods) {
    std::vector<Workload> out;
    std::map<std::string, std::string> names;
    for (const auto& pod : pods.pods()) {
        names[pod.id()] = pod.name();
        out.push_back(decode(pod));
    }
    for (const auto& container : containers.containers()) {
        out.push_back(decode(container));
        if (const auto name = names.find(container.pod()); name != names.end())
            out.back().pod_name = name->second;
    }
    return out;
}

Usage decode(const pb::ContainerUsage& usage) {
    return {.id = usage.id(),
            .time = usage.time(),
            .cpu_ns = usage.cpu_usage_ns(),
            .memory_bytes = usage.memory_bytes(),
            .received_bytes = usage.network_received_bytes(),
            .sent_bytes = usage.network_sent_bytes(),
            .read_bytes = usage.block_read_bytes(),
            .written_bytes = usage.block_written_bytes()};
}

ImageRow decode(const pb::Image& image) {
    return {.id = image.id(),
            .names = joined(image.names(), ", "),
            .platform = image.platform(),
            .size_bytes = image.size_bytes(),
            .created_at = image.created_at(),
            .pulled_at = image.pulled_at(),
            .encrypted = image.encrypted()};
}

NodeEvent decode(const pb::Event& event) {
    NodeEvent out{event.time(), event.type(), event.action(), event.id(), event.name(), {}};
    // A map has no order of its own; a table's text needs one.
    const std::map<std::string, std::string> attributes(event.attributes().begin(), event.attributes().end());
    for (const auto& [name, value] : attributes)
        out.details += (out.details.empty() ? "" : "  ") + name + "=" + value;
    return out;
}

NodeFacts decode(const pb::NodeInfo& info) {
    return {.version = info.version(),
            .hostname = info.hostname(),
            .kernel = info.kernel(),
            .state_directory = info.state_directory(),
            .hypervisor = info.hypervisor_version(),
            .accelerator = info.accelerator(),
            .accelerator_reason = info.accelerator_reason(),
            .guest_version = info.guest_version(),
            .guest_kernel_sha384 = info.guest_kernel_sha384(),
            .guest_initramfs_sha384 = info.guest_initramfs_sha384(),
            .containers_running = info.containers_running(),
            .containers_total = info.containers_total(),
            .images = info.images(),
            .cpus = info.cpus(),
            .memory_bytes = info.memory_bytes(),
            .started_at = info.started_at(),
            .drained = info.drained()};
}

Check decode(const pb::CheckResult& check) {
    using Verdict = Check::Verdict;
    // What is not known to be well is a failure.
    const auto verdict = check.verdict() == pb::CheckResult::OK        ? Verdict::ok
                         : check.verdict() == pb::CheckResult::WARNING ? Verdict::warning
                                                                       : Verdict::failed;
    return {check.name(), verdict, check.detail(), check.remedy()};
}

DiskUse decode(const pb::GetDiskUsageResponse& usage) {
    DiskUse out{.image_bytes = usage.image_bytes(), .reclaimable_bytes = usage.reclaimable_image_bytes()};
    for (const auto& volume : usage.volumes()) out.volume_bytes += volume.used_bytes();
    for (const auto& container : usage.containers()) out.log_bytes += container.size_bytes();
    return out;
}

PullProgress PullSum::add(const pb::LayerProgress& layer) {
    layers_[layer.digest()] = layer;
    PullProgress out;
    auto slowest = pb::LayerProgress::DONE;
    for (const auto& [digest, each] : layers_) {
        out.total_bytes += each.total_bytes();
        out.done_bytes +=
            is_done(each.phase()) ? each.total_bytes() : std::min(each.done_bytes(), each.total_bytes());
        if (!is_done(each.phase())) slowest = std::min(slowest, each.phase());
    }
    out.phase = name_of_phase(slowest);
    return out;
}

} // namespace redoubt::gui
