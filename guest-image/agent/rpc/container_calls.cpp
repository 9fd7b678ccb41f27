// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <chrono>
#include <string_view>
#include <utility>

#include "guest-image/agent/rpc/agent_service.hpp"
#include "guest-image/agent/rpc/requests_from_proto.hpp"
#include "guest-image/agent/sandbox/guest_metrics.hpp"

namespace redoubt::guest::rpc {

namespace {

constexpr std::uint64_t k_ns_per_us = 1000;

void fill_processor(grpc::CpuStats& cpu, const oci_runtime::CgroupUsage& usage) {
    cpu.mutable_cpu_usage()->set_total_usage(usage.cpu_usec * k_ns_per_us);
    cpu.mutable_cpu_usage()->set_usage_in_usermode(usage.cpu_user_usec * k_ns_per_us);
    cpu.mutable_cpu_usage()->set_usage_in_kernelmode(usage.cpu_system_usec * k_ns_per_us);
    cpu.mutable_throttling_data()->set_periods(usage.periods);
    cpu.mutable_throttling_data()->set_throttled_periods(usage.throttled_periods);
    cpu.mutable_throttling_data()->set_throttled_time(usage.throttled_usec * k_ns_per_us);
}

void fill_memory(grpc::MemoryStats& memory, const oci_runtime::CgroupUsage& usage) {
    memory.mutable_usage()->set_usage(usage.memory);
    memory.mutable_usage()->set_max_usage(usage.memory_peak);
    memory.mutable_usage()->set_limit(usage.memory_limit);
    memory.mutable_usage()->set_failcnt(usage.memory_limit_hits);
    memory.mutable_swap_usage()->set_usage(usage.swap);
    memory.mutable_swap_usage()->set_limit(usage.swap_limit);
    memory.set_use_hierarchy(true);
    for (const auto& [name, value] : usage.memory_details) (*memory.mutable_stats())[name] = value;
    if (const auto cache = usage.memory_details.find("file"); cache != usage.memory_details.end())
        memory.set_cache(cache->second);
    if (const auto kernel = usage.memory_details.find("kernel"); kernel != usage.memory_details.end())
        memory.mutable_kernel_usage()->set_usage(kernel->second);
}

void fill_entry(grpc::BlkioStatsEntry& entry, const oci_runtime::BlockUsage& block, const char* operation,
                std::uint64_t value) {
    entry.set_major(block.major);
    entry.set_minor(block.minor);
    entry.set_op(operation);
    entry.set_value(value);
}

void fill_blocks(grpc::BlkioStats& stats, const oci_runtime::CgroupUsage& usage) {
    for (const auto& block : usage.blocks) {
        fill_entry(*stats.add_io_service_bytes_recursive(), block, "Read", block.read_bytes);
        fill_entry(*stats.add_io_service_bytes_recursive(), block, "Write", block.written_bytes);
        fill_entry(*stats.add_io_serviced_recursive(), block, "Read", block.reads);
        fill_entry(*stats.add_io_serviced_recursive(), block, "Write", block.writes);
    }
}

void fill_network(grpc::NetworkStats& stats, const sandbox::InterfaceCounters& counters) {
    stats.set_name(counters.name);
    stats.set_rx_bytes(counters.received_bytes);
    stats.set_rx_packets(counters.received_packets);
    stats.set_rx_errors(counters.received_errors);
    stats.set_rx_dropped(counters.received_dropped);
    stats.set_tx_bytes(counters.sent_bytes);
    stats.set_tx_packets(counters.sent_packets);
    stats.set_tx_errors(counters.sent_errors);
    stats.set_tx_dropped(counters.sent_dropped);
}

} // namespace

Task<Empty> AgentService::create_container(grpc::CreateContainerRequest request) {
    RDT_CO_TRY(auto wanted, container_request_from(request));
    if (auto* const keyed = sandbox_.keyed_work()) {
        RDT_CO_TRY(wanted.spec.process.env, co_await keyed->unseal(std::move(wanted.spec.process.env)));
    }
    co_return empty_answer(co_await sandbox_.create_container(std::move(wanted)));
}

Task<Empty> AgentService::start_container(grpc::StartContainerRequest request) {
    co_return empty_answer(co_await sandbox_.start_container(ContainerId(request.container_id())));
}

Task<Empty> AgentService::remove_container(grpc::RemoveContainerRequest request) {
    co_return empty_answer(co_await sandbox_.remove_container(ContainerId(request.container_id()),
                                                              std::chrono::seconds(request.timeout())));
}

Task<Empty> AgentService::exec_process(grpc::ExecProcessRequest request) {
    if (request.stdin_port() != 0 || request.stdout_port() != 0 || request.stderr_port() != 0)
        co_return fail(Code::unimplemented, "passed stream ports are not implemented by this agent");
    auto process = agent_api::process_from(request.process(), request.string_user());
    if (auto* const keyed = sandbox_.keyed_work()) {
        RDT_CO_TRY(process.env, co_await keyed->unseal(std::move(process.env)));
    }
    co_return empty_answer(co_await sandbox_.exec_process(ContainerId(request.container_id()),
                                                          ExecId(request.exec_id()), std::move(process)));
}

Task<Empty> AgentService::signal_process(grpc::SignalProcessRequest request) {
    // No signal has a number that an int cannot hold; others become one that is refused.
    const int signal = request.signal() < 1024 ? static_cast<int>(request.signal()) : -1;
    co_return empty_answer(
        sandbox_.signal_process(ContainerId(request.container_id()), ExecId(request.exec_id()), signal));
}

Task<grpc::WaitProcessResponse> AgentService::wait_process(grpc::WaitProcessRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    RDT_CO_TRY(const int status, co_await process->wait());
    grpc::WaitProcessResponse response;
    response.set_status(status);
    co_return response;
}

Task<Empty> AgentService::update_container(grpc::UpdateContainerRequest request) {
    co_return empty_answer(sandbox_.update_container(ContainerId(request.container_id()),
                                                     agent_api::resources_from(request.resources())));
}

Task<grpc::StatsContainerResponse> AgentService::stats_container(grpc::StatsContainerRequest request) {
    RDT_CO_TRY(const auto usage, sandbox_.stats(ContainerId(request.container_id())));
    grpc::StatsContainerResponse response;
    auto& stats = *response.mutable_cgroup_stats();
    fill_processor(*stats.mutable_cpu_stats(), usage);
    fill_memory(*stats.mutable_memory_stats(), usage);
    stats.mutable_pids_stats()->set_current(usage.pids);
    stats.mutable_pids_stats()->set_limit(usage.pids_limit);
    fill_blocks(*stats.mutable_blkio_stats(), usage);
    // Containers share the guest's interfaces.
    for (const auto& counters : sandbox::interface_counters())
        fill_network(*response.add_network_stats(), counters);
    co_return response;
}

Task<Empty> AgentService::pause_container(grpc::PauseContainerRequest request) {
    co_return empty_answer(sandbox_.pause_container(ContainerId(request.container_id())));
}

Task<Empty> AgentService::resume_container(grpc::ResumeContainerRequest request) {
    co_return empty_answer(sandbox_.resume_container(ContainerId(request.container_id())));
}

Task<grpc::OOMEvent> AgentService::get_oom_event(grpc::GetOOMEventRequest) {
    RDT_CO_TRY(const auto id, co_await sandbox_.oom_watcher().next());
    grpc::OOMEvent event;
    event.set_container_id(id.str());
    co_return event;
}

} // namespace redoubt::guest::rpc
