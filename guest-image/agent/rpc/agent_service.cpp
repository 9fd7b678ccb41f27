// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/agent_service.hpp"

#include <string>
#include <utility>

namespace redoubt::guest::rpc {

namespace {

constexpr const char* k_service = "grpc.AgentService";

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
    add_volumes(server);
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
    add_reading(server, "ReadStdout", sandbox::Process::Stream::output);
    add_reading(server, "ReadStderr", sandbox::Process::Stream::error);
    add(server, "WriteStdin", &AgentService::write_stdin);
    add(server, "CloseStdin", &AgentService::close_stdin);
    add(server, "TtyWinResize", &AgentService::tty_win_resize);
}

void AgentService::add_reading(ttrpc::Server& server, const char* method, sandbox::Process::Stream stream) {
    server.add_message<grpc::ReadStreamRequest, grpc::ReadStreamResponse>(
        k_service, method, [this, stream](grpc::ReadStreamRequest request, const ttrpc::CallContext& call) {
            return call.admission == ttrpc::Admission::redacted ? drop_stream(std::move(request), stream)
                                                                : read_stream(std::move(request), stream);
        });
}

void AgentService::add_guest(ttrpc::Server& server) {
    add(server, "CreateSandbox", &AgentService::create_sandbox);
    add(server, "DestroySandbox", &AgentService::destroy_sandbox);
    add(server, "GetGuestDetails", &AgentService::get_guest_details);
    add(server, "ReseedRandomDev", &AgentService::reseed_random_dev);
    add(server, "SetGuestDateTime", &AgentService::set_guest_date_time);
    add(server, "OnlineCPUMem", &AgentService::online_cpu_mem);
    add(server, "MemHotplugByProbe", &AgentService::mem_hotplug_by_probe);
    add(server, "GetMetrics", &AgentService::get_metrics);
    add(server, "GetDiagnosticData", &AgentService::get_diagnostic_data);
    add(server, "SetPolicy", &AgentService::set_policy);
    add(server, "MemAgentMemcgSet", &AgentService::mem_agent_memcg_set);
    add(server, "MemAgentCompactSet", &AgentService::mem_agent_compact_set);
    add(server, "RemoveStaleVirtiofsShareMounts", &AgentService::remove_stale_virtiofs_share_mounts);
}

void AgentService::add_volumes(ttrpc::Server& server) {
    add(server, "UpdateEphemeralMounts", &AgentService::update_ephemeral_mounts);
    add(server, "CopyFile", &AgentService::copy_file);
    add(server, "AddSwap", &AgentService::add_swap);
    add(server, "AddSwapPath", &AgentService::add_swap_path);
    add(server, "GetVolumeStats", &AgentService::get_volume_stats);
    add(server, "ResizeVolume", &AgentService::resize_volume);
}

} // namespace redoubt::guest::rpc
