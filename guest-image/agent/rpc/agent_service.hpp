// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent.pb.h"
#include "common/ttrpc/server.hpp"
#include "guest-image/agent/sandbox/guest_upkeep.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::rpc {

/// google.protobuf.Empty on the wire; the real one is not in protobuf's lite library.
struct Empty {
    [[nodiscard]] static std::string SerializeAsString() { return {}; }
};

[[nodiscard]] inline Result<Empty> empty_answer(Status status) {
    return std::move(status).transform([] { return Empty{}; });
}

/// grpc.AgentService: decodes each request, calls the sandbox, encodes the answer. What this agent does not
/// have answers UNIMPLEMENTED in words. One file of calls a subject. Thread: one strand. Lifetime: outlives
/// the server's calls; borrows the sandbox.
class AgentService {
  public:
    /// `on_destroyed` runs when the sandbox is gone: the guest has no more to do. `entropy`: whether the
    /// host's counts.
    AgentService(sandbox::Sandbox& sandbox, std::function<void()> on_destroyed,
                 sandbox::HostEntropy entropy = sandbox::HostEntropy::credited)
        : sandbox_(sandbox), on_destroyed_(std::move(on_destroyed)), entropy_(entropy) {}

    void add_to(ttrpc::Server& server);

  private:
    template <class Request, class Response>
    void add(ttrpc::Server& server, const char* method, Task<Response> (AgentService::*call)(Request));
    void add_containers(ttrpc::Server& server);
    void add_streams(ttrpc::Server& server);
    void add_guest(ttrpc::Server& server);
    void add_volumes(ttrpc::Server& server);

    Task<Empty> create_sandbox(grpc::CreateSandboxRequest request);
    Task<Empty> destroy_sandbox(grpc::DestroySandboxRequest request);
    Task<Empty> create_container(grpc::CreateContainerRequest request);
    Task<Empty> start_container(grpc::StartContainerRequest request);
    Task<Empty> remove_container(grpc::RemoveContainerRequest request);
    Task<Empty> exec_process(grpc::ExecProcessRequest request);
    Task<Empty> signal_process(grpc::SignalProcessRequest request);
    Task<grpc::WaitProcessResponse> wait_process(grpc::WaitProcessRequest request);
    Task<Empty> update_container(grpc::UpdateContainerRequest request);
    Task<grpc::StatsContainerResponse> stats_container(grpc::StatsContainerRequest request);
    Task<Empty> pause_container(grpc::PauseContainerRequest request);
    Task<Empty> resume_container(grpc::ResumeContainerRequest request);
    Task<grpc::OOMEvent> get_oom_event(grpc::GetOOMEventRequest request);

    void add_reading(ttrpc::Server& server, const char* method, sandbox::Process::Stream stream);
    Task<grpc::ReadStreamResponse> read_stream(grpc::ReadStreamRequest request,
                                               sandbox::Process::Stream stream);
    Task<grpc::ReadStreamResponse> drop_stream(grpc::ReadStreamRequest request,
                                               sandbox::Process::Stream stream);
    Task<grpc::WriteStreamResponse> write_stdin(grpc::WriteStreamRequest request);
    Task<Empty> close_stdin(grpc::CloseStdinRequest request);
    Task<Empty> tty_win_resize(grpc::TtyWinResizeRequest request);

    Task<grpc::GuestDetailsResponse> get_guest_details(grpc::GuestDetailsRequest request);
    Task<Empty> reseed_random_dev(grpc::ReseedRandomDevRequest request);
    Task<Empty> set_guest_date_time(grpc::SetGuestDateTimeRequest request);
    Task<Empty> online_cpu_mem(grpc::OnlineCPUMemRequest request);
    Task<Empty> mem_hotplug_by_probe(grpc::MemHotplugByProbeRequest request);
    Task<grpc::Metrics> get_metrics(grpc::GetMetricsRequest request);
    Task<grpc::GetDiagnosticDataResponse> get_diagnostic_data(grpc::GetDiagnosticDataRequest request);
    Task<Empty> set_policy(grpc::SetPolicyRequest request);
    Task<Empty> mem_agent_memcg_set(grpc::MemAgentMemcgConfig request);
    Task<Empty> mem_agent_compact_set(grpc::MemAgentCompactConfig request);
    Task<Empty> remove_stale_virtiofs_share_mounts(grpc::RemoveStaleVirtiofsShareMountsRequest request);

    Task<Empty> update_ephemeral_mounts(grpc::UpdateEphemeralMountsRequest request);
    Task<Empty> copy_file(grpc::CopyFileRequest request);
    Task<Empty> add_swap(grpc::AddSwapRequest request);
    Task<Empty> add_swap_path(grpc::AddSwapPathRequest request);
    Task<grpc::VolumeStatsResponse> get_volume_stats(grpc::VolumeStatsRequest request);
    Task<Empty> resize_volume(grpc::ResizeVolumeRequest request);

    sandbox::Sandbox& sandbox_;
    std::function<void()> on_destroyed_;
    sandbox::HostEntropy entropy_;
    std::uint64_t scrapes_ = 0; ///< of the metrics
};

/// grpc.Health: always serving, since a guest that is not does not answer.
void add_health_service(ttrpc::Server& server);

} // namespace redoubt::guest::rpc
