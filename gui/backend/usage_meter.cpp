// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/usage_meter.hpp"

#include <algorithm>

namespace redoubt::gui {
namespace {

/// A counter that went back was begun anew.
double growth(std::uint64_t before, std::uint64_t now) {
    return now < before ? 0.0 : static_cast<double>(now - before);
}

bool has_vm_running(const Workload& workload) {
    const bool is_up = workload.state == WorkloadState::running || workload.state == WorkloadState::paused ||
                       workload.state == WorkloadState::degraded || workload.state == WorkloadState::stopping;
    return is_up && (workload.level == "vm" || workload.level == "confidential") && workload.pod.empty();
}

} // namespace

std::size_t count_vms(const std::vector<Workload>& workloads) {
    return static_cast<std::size_t>(std::ranges::count_if(workloads, has_vm_running));
}

UsageReading UsageMeter::add(const std::vector<Usage>& usages, std::vector<Workload>& workloads) {
    UsageReading out{.running = usages.size(), .vms = count_vms(workloads)};
    std::map<std::string, Usage> next;
    for (const auto& usage : usages) {
        out.time = std::max(out.time, usage.time);
        out.memory_bytes += static_cast<double>(usage.memory_bytes);
        const auto workload = std::ranges::find(workloads, usage.id, &Workload::id);
        const auto before = last_.find(usage.id);
        const auto elapsed =
            before == last_.end() ? 0.0 : static_cast<double>(usage.time - before->second.time);
        if (elapsed > 0) {
            const auto& old = before->second;
            const auto rate = [elapsed](std::uint64_t from, std::uint64_t to) {
                return growth(from, to) * 1e9 / elapsed;
            };
            const auto cpu = rate(old.cpu_ns, usage.cpu_ns) / 1e7; // nanoseconds a second, in hundredths
            out.cpu_percent += cpu;
            out.received_rate += rate(old.received_bytes, usage.received_bytes);
            out.sent_rate += rate(old.sent_bytes, usage.sent_bytes);
            out.read_rate += rate(old.read_bytes, usage.read_bytes);
            out.written_rate += rate(old.written_bytes, usage.written_bytes);
            if (workload != workloads.end()) workload->cpu_percent = cpu;
        }
        if (workload != workloads.end()) workload->memory_bytes = usage.memory_bytes;
        next[usage.id] = usage;
    }
    last_ = std::move(next);
    return out;
}

} // namespace redoubt::gui
