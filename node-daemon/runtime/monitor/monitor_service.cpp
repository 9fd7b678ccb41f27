// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/monitor/monitor_service.hpp"

#include <sys/utsname.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "agent.pb.h"
#include "common/agent_api/container_access_service.hpp"
#include "common/agent_api/from_proto.hpp"

namespace redoubt::node::runtime {
namespace {

/// google.protobuf.Empty on the wire; the real one is not in protobuf's lite library.
struct Empty {
    static std::string SerializeAsString() {
        return {};
    } // NOLINT(readability-identifier-naming): as protobuf's
};

constexpr const char* k_service = "grpc.AgentService";

Task<Empty> empty(Task<void> done) {
    RDT_CO_CHECK(co_await std::move(done));
    co_return Empty{};
}

ContainerId container_of(const auto& request) {
    return ContainerId(request.container_id());
}

ExecId exec_of(const auto& request) {
    return ExecId(request.exec_id());
}

/// Registers a call: `call` makes a Task<Response> of the container and the request.
template <class Request, class Response>
void add(ttrpc::Server& server, HostContainer& container, const char* method,
         Task<Response> (*call)(HostContainer&, Request)) {
    server.add_message<Request, Response>(k_service, method,
                                          [&container, call](Request request, const ttrpc::CallContext&) {
                                              return call(container, std::move(request));
                                          });
}

// ---- the sandbox

std::string kernel_release() {
    utsname names{};
    return ::uname(&names) == 0 ? std::string(static_cast<const char*>(names.release)) : "";
}

Task<grpc::GuestDetailsResponse> guest_details(HostContainer& container, grpc::GuestDetailsRequest) {
    grpc::GuestDetailsResponse response;
    auto& details = *response.mutable_agent_details();
    details.set_version(REDOUBT_VERSION);
    details.add_extra_features("kernel-release=" + (container.is_gvisor() ? "gVisor" : kernel_release()));
    co_return response;
}

Task<Empty> create_sandbox(HostContainer& container, grpc::CreateSandboxRequest request) {
    container.set_host_files({request.hostname(), {request.dns().begin(), request.dns().end()}});
    co_return Empty{};
}

// ---- the container

Task<Empty> create_container(HostContainer& container, grpc::CreateContainerRequest request) {
    RDT_CO_TRY(auto spec, agent_api::spec_from(request.oci(), request.string_user()));
    std::vector<HostStorage> storages;
    for (const auto& storage : request.storages())
        storages.push_back({.driver = storage.driver(),
                            .source = storage.source(),
                            .fstype = storage.fstype(),
                            .options = {storage.options().begin(), storage.options().end()},
                            .mount_point = storage.mount_point()});
    co_return co_await empty(container.create(container_of(request), std::move(spec), std::move(storages)));
}

Task<Empty> start_container(HostContainer& container, grpc::StartContainerRequest request) {
    co_return co_await empty(container.start(container_of(request)));
}

Task<Empty> remove_container(HostContainer& container, grpc::RemoveContainerRequest request) {
    co_return co_await empty(
        container.remove(container_of(request), std::chrono::seconds(request.timeout())));
}

Task<Empty> exec_process(HostContainer& container, grpc::ExecProcessRequest request) {
    co_return co_await empty(
        container.exec(container_of(request), exec_of(request),
                       agent_api::process_from(request.process(), request.string_user())));
}

Task<Empty> signal_process(HostContainer& container, grpc::SignalProcessRequest request) {
    // No signal has a number that an int cannot hold; others become one that is refused.
    const int number = request.signal() < 1024 ? static_cast<int>(request.signal()) : -1;
    co_return co_await empty(container.signal(container_of(request), exec_of(request), number));
}

Task<grpc::WaitProcessResponse> wait_process(HostContainer& container, grpc::WaitProcessRequest request) {
    RDT_CO_TRY(const auto process, container.find_process(container_of(request), exec_of(request)));
    grpc::WaitProcessResponse response;
    RDT_CO_TRY(const int code, co_await process->wait());
    response.set_status(code);
    co_return response;
}

Task<Empty> update_container(HostContainer& container, grpc::UpdateContainerRequest request) {
    co_return co_await empty(
        container.update(container_of(request), agent_api::resources_from(request.resources())));
}

Task<Empty> pause_container(HostContainer& container, grpc::PauseContainerRequest request) {
    co_return co_await empty(container.pause(container_of(request)));
}

Task<Empty> resume_container(HostContainer& container, grpc::ResumeContainerRequest request) {
    co_return co_await empty(container.resume(container_of(request)));
}

Task<grpc::OOMEvent> get_oom_event(HostContainer& container, grpc::GetOOMEventRequest) {
    RDT_CO_TRY(const auto id, co_await container.next_out_of_memory());
    grpc::OOMEvent event;
    event.set_container_id(id.str());
    co_return event;
}

Task<Empty> resize_volume(HostContainer& container, grpc::ResizeVolumeRequest request) {
    RDT_CO_CHECK(container.grow_volume(request.volume_guest_path()));
    co_return Empty{};
}

void add_block_bytes(grpc::BlkioStats& stats, const char* operation, std::uint64_t bytes) {
    auto& entry = *stats.add_io_service_bytes_recursive();
    entry.set_op(operation);
    entry.set_value(bytes);
}

Task<grpc::StatsContainerResponse> stats_container(HostContainer& container,
                                                   grpc::StatsContainerRequest request) {
    RDT_CO_TRY(const auto usage, co_await container.stats(container_of(request)));
    grpc::StatsContainerResponse response;
    auto& stats = *response.mutable_cgroup_stats();
    stats.mutable_cpu_stats()->mutable_cpu_usage()->set_total_usage(usage.cpu_ns);
    stats.mutable_memory_stats()->mutable_usage()->set_usage(usage.memory_bytes);
    stats.mutable_memory_stats()->mutable_usage()->set_limit(usage.memory_limit_bytes);
    stats.mutable_pids_stats()->set_current(usage.pids);
    stats.mutable_pids_stats()->set_limit(usage.pids_limit);
    add_block_bytes(*stats.mutable_blkio_stats(), "Read", usage.block_read_bytes);
    add_block_bytes(*stats.mutable_blkio_stats(), "Write", usage.block_written_bytes);
    for (const auto& interface : container.interface_counters()) {
        auto& network = *response.add_network_stats();
        network.set_name(interface.name);
        network.set_rx_bytes(interface.received_bytes);
        network.set_tx_bytes(interface.sent_bytes);
    }
    co_return response;
}

// ---- streams

Task<grpc::ReadStreamResponse> read_stream(HostContainer& container, grpc::ReadStreamRequest request,
                                           Process::Stream stream) {
    RDT_CO_TRY(const auto process, container.find_process(container_of(request), exec_of(request)));
    const auto offset = request.has_offset() ? std::optional(request.offset()) : std::nullopt;
    RDT_CO_TRY(auto data, co_await process->read(stream, request.len(), offset));
    grpc::ReadStreamResponse response;
    response.set_data(std::move(data));
    co_return response;
}

Task<grpc::ReadStreamResponse> read_stdout(HostContainer& container, grpc::ReadStreamRequest request) {
    return read_stream(container, std::move(request), Process::Stream::output);
}

Task<grpc::ReadStreamResponse> read_stderr(HostContainer& container, grpc::ReadStreamRequest request) {
    return read_stream(container, std::move(request), Process::Stream::error);
}

Task<grpc::WriteStreamResponse> write_stdin(HostContainer& container, grpc::WriteStreamRequest request) {
    RDT_CO_TRY(const auto process, container.find_process(container_of(request), exec_of(request)));
    grpc::WriteStreamResponse response;
    RDT_CO_TRY(const auto written, co_await process->write_input(std::move(*request.mutable_data())));
    response.set_len(written);
    co_return response;
}

Task<Empty> close_stdin(HostContainer& container, grpc::CloseStdinRequest request) {
    RDT_CO_TRY(const auto process, container.find_process(container_of(request), exec_of(request)));
    process->close_input();
    co_return Empty{};
}

Task<Empty> resize_terminal(HostContainer& container, grpc::TtyWinResizeRequest request) {
    RDT_CO_TRY(const auto process, container.find_process(container_of(request), exec_of(request)));
    RDT_CO_CHECK(process->resize(request.row(), request.column()));
    co_return Empty{};
}

void add_streams(ttrpc::Server& server, HostContainer& container) {
    add(server, container, "ReadStdout", read_stdout);
    add(server, container, "ReadStderr", read_stderr);
    add(server, container, "WriteStdin", write_stdin);
    add(server, container, "CloseStdin", close_stdin);
    add(server, container, "TtyWinResize", resize_terminal);
}

} // namespace

void add_monitor_calls(ttrpc::Server& server, HostContainer& container, containers::ContainerAccess& access) {
    add(server, container, "GetGuestDetails", guest_details);
    add(server, container, "CreateSandbox", create_sandbox);
    add(server, container, "CreateContainer", create_container);
    add(server, container, "StartContainer", start_container);
    add(server, container, "RemoveContainer", remove_container);
    add(server, container, "ExecProcess", exec_process);
    add(server, container, "SignalProcess", signal_process);
    add(server, container, "WaitProcess", wait_process);
    add(server, container, "UpdateContainer", update_container);
    add(server, container, "StatsContainer", stats_container);
    add(server, container, "PauseContainer", pause_container);
    add(server, container, "ResumeContainer", resume_container);
    add(server, container, "GetOOMEvent", get_oom_event);
    add(server, container, "ResizeVolume", resize_volume);
    add_streams(server, container);
    agent_api::add_container_access_calls(
        server, access, [&container](ContainerId id) { return container.list_processes(std::move(id)); });
}

} // namespace redoubt::node::runtime
