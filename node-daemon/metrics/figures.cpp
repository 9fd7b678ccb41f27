// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/figures.hpp"

#include "common/metrics/exposition.hpp"

namespace redoubt::node::metrics {
namespace {

using redoubt::metrics::Exposition;
using redoubt::metrics::Kind;
using sandbox::ContainerUsage;

void render_host(const HostSample& host, Exposition& out) {
    out.single("redoubt_node_cpus", Kind::gauge, "Processors of the host.", host.cpus);
    out.single("redoubt_node_cpu_seconds_total", Kind::counter,
               "Time that the host's processors were busy since it booted.", host.cpu_seconds);
    out.single("redoubt_node_memory_size_bytes", Kind::gauge, "Memory of the host.", host.memory_bytes);
    out.single("redoubt_node_memory_used_bytes", Kind::gauge, "Memory of the host that is in use.",
               host.memory_used_bytes);
    out.single("redoubt_node_disk_size_bytes", Kind::gauge, "Size of the file system with the node's state.",
               host.disk_bytes);
    out.single("redoubt_node_disk_used_bytes", Kind::gauge, "What of it is in use.", host.disk_used_bytes);
    out.single("redoubt_node_network_receive_bytes_total", Kind::counter,
               "Received on the host's network interfaces.", host.network_received_bytes);
    out.single("redoubt_node_network_transmit_bytes_total", Kind::counter,
               "Sent on the host's network interfaces.", host.network_sent_bytes);
}

/// One metric of all containers.
template <class Member>
void render_each(const Figures& figures, Exposition& out, std::string_view name, Kind kind,
                 std::string_view help, Member member) {
    out.family(name, kind, help);
    for (const auto& container : figures.containers)
        out.sample(std::invoke(member, container), {{"id", container.id.str()}, {"name", container.name}});
}

void render_containers(const Figures& figures, Exposition& out) {
    constexpr double k_nanoseconds = 1e9;
    render_each(figures, out, "redoubt_container_cpu_seconds_total", Kind::counter,
                "Processor time of a running container.", [](const ContainerUsage& usage) {
                    return static_cast<double>(usage.cpu_usage_ns) / k_nanoseconds;
                });
    render_each(figures, out, "redoubt_container_memory_used_bytes", Kind::gauge,
                "Memory of a running container.", &ContainerUsage::memory_bytes);
    render_each(figures, out, "redoubt_container_memory_limit_bytes", Kind::gauge,
                "Memory that it may use; without a limit the VM's.", &ContainerUsage::memory_limit_bytes);
    render_each(figures, out, "redoubt_container_network_receive_bytes_total", Kind::counter,
                "Received by the container.", &ContainerUsage::network_received_bytes);
    render_each(figures, out, "redoubt_container_network_transmit_bytes_total", Kind::counter,
                "Sent by the container.", &ContainerUsage::network_sent_bytes);
    render_each(figures, out, "redoubt_container_block_read_bytes_total", Kind::counter,
                "Read from disks by the container.", &ContainerUsage::block_read_bytes);
    render_each(figures, out, "redoubt_container_block_written_bytes_total", Kind::counter,
                "Written to disks by the container.", &ContainerUsage::block_written_bytes);
    render_each(figures, out, "redoubt_container_processes", Kind::gauge,
                "Processes and threads in the container.", &ContainerUsage::pids);
}

} // namespace

std::string render(const Figures& figures) {
    Exposition out;
    out.family("redoubt_build_info", Kind::gauge, "The daemon's version.");
    out.sample(1, {{"version", figures.version}});
    out.single("redoubt_node_start_time_seconds", Kind::gauge,
               "When the daemon started, since the Unix epoch.", figures.started_at);
    out.single("redoubt_node_drained", Kind::gauge, "1: no container starts until the node is resumed.",
               figures.is_drained ? 1 : 0);
    render_host(figures.host, out);
    out.single("redoubt_vms", Kind::gauge, "VMs that run.", figures.counts.vms);
    out.family("redoubt_vm_overhead_bytes", Kind::gauge,
               "Memory of the host that a VM takes besides what its containers use: the median.");
    for (const auto& [name, bytes] : figures.vm_overhead) out.sample(bytes, {{"runtime_class", name}});
    out.family("redoubt_containers", Kind::gauge, "Containers by what they do.");
    for (const auto& [state, count] : figures.containers_by_state) out.sample(count, {{"state", state}});
    out.single("redoubt_pods", Kind::gauge, "Pods.", figures.pods);
    out.single("redoubt_images", Kind::gauge, "Images on the node.", figures.images);
    out.single("redoubt_volumes", Kind::gauge, "Volumes on the node.", figures.volumes);
    out.single("redoubt_container_stats_success", Kind::gauge,
               "1: the guests have said what their containers use; 0: they have not, in time.",
               figures.has_usage ? 1 : 0);
    render_containers(figures, out);
    return out.text();
}

} // namespace redoubt::node::metrics
