// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/agent_service.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "guest-image/agent/rpc/from_proto.hpp"
#include "guest-image/agent/sandbox/guest_upkeep.hpp"

namespace redoubt::guest::rpc {

namespace {

constexpr const char* k_service = "grpc.AgentService";

// Kata's remaining calls. Each is named, so that "this agent cannot" is told from "there is no such call".
constexpr std::array k_unimplemented = {
    "UpdateEphemeralMounts",
    "RemoveStaleVirtiofsShareMounts",
    "GetDiagnosticData",
    "GetMetrics",
    "MemAgentMemcgSet",
    "MemAgentCompactSet",
    "MemHotplugByProbe",
    "CopyFile",
    "AddSwap",
    "AddSwapPath",
    "GetVolumeStats",
    "ResizeVolume",
    "SetPolicy",
};

Result<Empty> empty_answer(Status status) {
    return std::move(status).transform([] { return Empty{}; });
}

} // namespace

template <class Request, class Response>
void AgentService::add(ttrpc::Server& server, const char* method,
                       Task<Response> (AgentService::*call)(Request)) {
    server.add_message<Request, Response>(k_service, method,
                                          [this, call](Request request, const ttrpc::CallContext&) {
                                              return (this->*call)(std::move(request));
                                          });
}

void AgentService::add_to(ttrpc::Server& server) {
    add_containers(server);
    add_streams(server);
    add_guest(server);
    add_unimplemented(server);
}

void AgentService::add_containers(ttrpc::Server& server) {
    add(server, "CreateContainer", &AgentService::create_container);
    add(server, "StartContainer", &AgentService::start_container);
    add(server, "RemoveContainer", &AgentService::remove_container);
    add(server, "ExecProcess", &AgentService::exec_process);
    add(server, "SignalProcess", &AgentService::signal_process);
    add(server, "WaitProcess", &AgentService::wait_process);
    add(server, "UpdateContainer", &AgentService::update_container);
    add(server, "StatsContainer", &AgentService::stats_container);
    add(server, "PauseContainer", &AgentService::pause_container);
    add(server, "ResumeContainer", &AgentService::resume_container);
    add(server, "GetOOMEvent", &AgentService::get_oom_event);
}

void AgentService::add_streams(ttrpc::Server& server) {
    add(server, "ReadStdout", &AgentService::read_stdout);
    add(server, "ReadStderr", &AgentService::read_stderr);
    add(server, "WriteStdin", &AgentService::write_stdin);
    add(server, "CloseStdin", &AgentService::close_stdin);
    add(server, "TtyWinResize", &AgentService::tty_win_resize);
}

void AgentService::add_guest(ttrpc::Server& server) {
    add(server, "CreateSandbox", &AgentService::create_sandbox);
    add(server, "DestroySandbox", &AgentService::destroy_sandbox);
    add(server, "GetGuestDetails", &AgentService::get_guest_details);
    add(server, "ReseedRandomDev", &AgentService::reseed_random_dev);
    add(server, "SetGuestDateTime", &AgentService::set_guest_date_time);
    add(server, "OnlineCPUMem", &AgentService::online_cpu_mem);
}

void AgentService::add_unimplemented(ttrpc::Server& server) {
    for (const char* const method : k_unimplemented) {
        server.add(k_service, method, [](std::string, ttrpc::CallContext context) -> Task<std::string> {
            co_return fail(Code::unimplemented, "{} is not implemented by this agent", context.method);
        });
    }
}

Task<Empty> AgentService::create_sandbox(grpc::CreateSandboxRequest request) {
    if (request.kernel_modules_size() != 0)
        co_return fail(Code::unimplemented, "the guest kernel has no modules to load");
    co_return empty_answer(co_await sandbox_.create(sandbox_request_from(request)));
}

Task<Empty> AgentService::destroy_sandbox(grpc::DestroySandboxRequest) {
    auto destroyed = co_await sandbox_.destroy();
    on_destroyed_();
    co_return empty_answer(std::move(destroyed));
}

Task<Empty> AgentService::create_container(grpc::CreateContainerRequest request) {
    RDT_CO_TRY(auto wanted, container_request_from(request));
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
    co_return empty_answer(
        co_await sandbox_.exec_process(ContainerId(request.container_id()), ExecId(request.exec_id()),
                                       process_from(request.process(), request.string_user())));
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
    co_return empty_answer(
        sandbox_.update_container(ContainerId(request.container_id()), resources_from(request.resources())));
}

Task<grpc::StatsContainerResponse> AgentService::stats_container(grpc::StatsContainerRequest request) {
    RDT_CO_TRY(const auto usage, sandbox_.stats(ContainerId(request.container_id())));
    constexpr std::uint64_t k_ns_per_us = 1000;
    grpc::StatsContainerResponse response;
    auto& cpu = *response.mutable_cgroup_stats()->mutable_cpu_stats();
    cpu.mutable_cpu_usage()->set_total_usage(usage.cpu_usec * k_ns_per_us);
    cpu.mutable_cpu_usage()->set_usage_in_usermode(usage.cpu_user_usec * k_ns_per_us);
    cpu.mutable_cpu_usage()->set_usage_in_kernelmode(usage.cpu_system_usec * k_ns_per_us);
    cpu.mutable_throttling_data()->set_periods(usage.periods);
    cpu.mutable_throttling_data()->set_throttled_periods(usage.throttled_periods);
    cpu.mutable_throttling_data()->set_throttled_time(usage.throttled_usec * k_ns_per_us);
    auto& memory = *response.mutable_cgroup_stats()->mutable_memory_stats();
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
    response.mutable_cgroup_stats()->mutable_pids_stats()->set_current(usage.pids);
    response.mutable_cgroup_stats()->mutable_pids_stats()->set_limit(usage.pids_limit);
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

Task<grpc::ReadStreamResponse> AgentService::read_stream(grpc::ReadStreamRequest request,
                                                         sandbox::Process::Stream stream) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    const auto offset = request.has_offset() ? std::optional(request.offset()) : std::nullopt;
    RDT_CO_TRY(auto data, co_await process->read(stream, request.len(), offset));
    grpc::ReadStreamResponse response;
    response.set_data(std::move(data));
    co_return response;
}

Task<grpc::ReadStreamResponse> AgentService::read_stdout(grpc::ReadStreamRequest request) {
    return read_stream(std::move(request), sandbox::Process::Stream::output);
}

Task<grpc::ReadStreamResponse> AgentService::read_stderr(grpc::ReadStreamRequest request) {
    return read_stream(std::move(request), sandbox::Process::Stream::error);
}

Task<grpc::WriteStreamResponse> AgentService::write_stdin(grpc::WriteStreamRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    RDT_CO_TRY(const auto written, co_await process->write_input(std::move(*request.mutable_data())));
    grpc::WriteStreamResponse response;
    response.set_len(written);
    co_return response;
}

Task<Empty> AgentService::close_stdin(grpc::CloseStdinRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    process->close_input();
    co_return Empty{};
}

Task<Empty> AgentService::tty_win_resize(grpc::TtyWinResizeRequest request) {
    RDT_CO_TRY(const auto process,
               sandbox_.find_process(ContainerId(request.container_id()), ExecId(request.exec_id())));
    co_return empty_answer(process->resize(request.row(), request.column()));
}

Task<grpc::GuestDetailsResponse> AgentService::get_guest_details(grpc::GuestDetailsRequest request) {
    grpc::GuestDetailsResponse response;
    if (request.mem_block_size()) response.set_mem_block_size_bytes(sandbox::memory_block_size());
    auto& details = *response.mutable_agent_details();
    details.set_version(REDOUBT_VERSION);
    details.set_init_daemon(::getpid() == 1);
    for (const auto& driver : mount::storage_drivers()) details.add_storage_handlers(driver);
    details.set_supports_seccomp(true);
    details.add_extra_features("kernel-release=" + sandbox::kernel_release());
    co_return response;
}

Task<Empty> AgentService::reseed_random_dev(grpc::ReseedRandomDevRequest request) {
    co_return empty_answer(sandbox::reseed_random(request.data()));
}

Task<Empty> AgentService::set_guest_date_time(grpc::SetGuestDateTimeRequest request) {
    co_return empty_answer(sandbox::set_clock(request.sec(), request.usec()));
}

Task<Empty> AgentService::online_cpu_mem(grpc::OnlineCPUMemRequest) {
    co_return empty_answer(sandbox::bring_processors_online());
}

} // namespace redoubt::guest::rpc
