// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <chrono>
#include <format>

#include "gui/backend/decode.hpp"

namespace redoubt::gui {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string time_text(std::int64_t time) {
    using namespace std::chrono;
    if (time == 0) return {};
    const sys_time<nanoseconds> at{nanoseconds(time)};
    return std::format("{:%Y-%m-%d %H:%M:%S} UTC", floor<seconds>(at));
}

std::string mib(std::uint64_t bytes) {
    return bytes == 0 ? std::string() : std::format("{} MiB", bytes >> 20U);
}

/// What is not told is not shown.
void add(Lines& lines, std::string name, std::string value) {
    if (!value.empty()) lines.emplace_back(std::move(name), std::move(value));
}

void add_summary(Lines& lines, const pb::ContainerSummary& summary) {
    const auto workload = decode(summary);
    add(lines, "Id", workload.id);
    add(lines, "State",
        std::string(name_of(workload.state)) + (workload.state == WorkloadState::exited
                                                    ? std::format(", exit code {}", workload.exit_code)
                                                    : ""));
    add(lines, "Reason", workload.reason);
    add(lines, "Isolation", workload.level + (workload.simulation ? " (simulation)" : ""));
    add(lines, "Image", workload.image);
    add(lines, "Image id", summary.image_id());
    add(lines, "Command", workload.command);
    add(lines, "Created", time_text(workload.created_at));
    add(lines, "Started", time_text(workload.started_at));
    add(lines, "Ended", time_text(workload.finished_at));
    if (workload.restarts != 0) add(lines, "Restarts", std::to_string(workload.restarts));
}

void add_spec(Lines& lines, const pb::ContainerSpec& spec) {
    add(lines, "User", spec.user());
    add(lines, "Working folder", spec.working_directory());
    add(lines, "Hostname", spec.hostname());
    add(lines, "Memory limit", mib(spec.memory_bytes()));
    if (spec.cpus() > 0) add(lines, "CPUs", std::format("{}", spec.cpus()));
    if (spec.terminal()) add(lines, "Terminal", "yes");
    if (spec.read_only_rootfs()) add(lines, "Root file system", "read-only");
    if (spec.privileged()) add(lines, "Privileged", "yes, inside its VM");
    for (const auto& variable : spec.environment())
        add(lines, "Variable", variable.name() + "=" + variable.value());
    for (const auto& port : spec.ports())
        add(lines, "Port",
            std::format("{}:{} to {}/{}", port.host_ip().empty() ? "*" : port.host_ip(), port.host_port(),
                        port.container_port(), port.protocol().empty() ? "tcp" : port.protocol()));
    for (const auto& mount : spec.mounts())
        add(lines, "Mount",
            std::format("{} at {}{}", mount.source().empty() ? "(unnamed)" : mount.source(), mount.target(),
                        mount.read_only() ? ", read-only" : ""));
}

void add_sandbox(Lines& lines, const pb::SandboxInfo& sandbox) {
    add(lines, "Sandbox", sandbox.id());
    add(lines, "Engine",
        sandbox.hypervisor() + (sandbox.accelerator().empty() ? "" : " (" + sandbox.accelerator() + ")"));
    if (sandbox.vmm_pid() != 0) add(lines, "Process", std::to_string(sandbox.vmm_pid()));
    if (sandbox.vcpus() != 0) add(lines, "Virtual CPUs", std::to_string(sandbox.vcpus()));
    add(lines, "Memory", mib(sandbox.memory_bytes()));
    add(lines, "Guest kernel", sandbox.guest_kernel());
    add(lines, "Agent", sandbox.agent_version());
    if (sandbox.cloned()) add(lines, "Started", "as a copy of a guest template");
    for (const auto& interface : sandbox.interfaces()) {
        std::string addresses;
        for (const auto& address : interface.addresses()) addresses += " " + address;
        add(lines, "Interface", std::format("{} on {}:{}", interface.name(), interface.network(), addresses));
    }
    for (const auto& disk : sandbox.disks())
        add(lines, "Disk",
            disk.id() + (disk.read_only() ? ", read-only" : "") +
                (disk.root_hash().empty() ? "" : ", verity " + disk.root_hash().substr(0, 16) + "…"));
    add(lines, "Kernel command line", sandbox.kernel_cmdline());
}

std::optional<Confidential> confidential_of(const pb::SandboxInfo& sandbox) {
    if (!sandbox.has_confidential()) return std::nullopt;
    const auto& info = sandbox.confidential();
    return Confidential{info.trust(),       info.initdata_digest(), info.host_data(),
                        info.measurement(), info.firmware(),        info.broker()};
}

void add_group(Details& out, std::string title, Lines lines) {
    if (!lines.empty()) out.groups.push_back({std::move(title), std::move(lines)});
}

} // namespace

Details decode(const pb::InspectContainerResponse& response) {
    Details out{response.summary().id(), {}, confidential_of(response.sandbox())};
    Lines summary;
    Lines spec;
    Lines sandbox;
    add_summary(summary, response.summary());
    add_spec(spec, response.spec());
    add_sandbox(sandbox, response.sandbox());
    add(sandbox, "Log file", response.log_path());
    add_group(out, response.summary().name(), std::move(summary));
    add_group(out, "What it was told", std::move(spec));
    add_group(out, "What it runs in", std::move(sandbox));
    return out;
}

Details decode(const pb::InspectPodResponse& response) {
    Details out{response.summary().id(), {}, confidential_of(response.sandbox())};
    const auto workload = decode(response.summary());
    Lines summary;
    Lines members;
    Lines sandbox;
    add(summary, "Id", workload.id);
    add(summary, "State", std::string(name_of(workload.state)));
    add(summary, "Hostname", response.spec().hostname());
    add(summary, "Created", time_text(workload.created_at));
    add(summary, "Started", time_text(workload.started_at));
    for (const auto& container : response.summary().containers())
        add(members, container.name(),
            std::string(name_of(decode(container).state)) + ", " + container.image());
    add_sandbox(sandbox, response.sandbox());
    add_group(out, workload.name, std::move(summary));
    add_group(out, "Containers", std::move(members));
    add_group(out, "What it runs in", std::move(sandbox));
    return out;
}

} // namespace redoubt::gui
