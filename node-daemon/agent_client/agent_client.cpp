// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/agent_client/agent_client.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

#include "agent.pb.h"
#include "common/ttrpc/client.hpp"
#include "common/ttrpc/link_stream.hpp"
#include "config_document.pb.h"
#include "node-daemon/agent_client/container_access.hpp"
#include "node-daemon/agent_client/encode_network.hpp"
#include "node-daemon/agent_client/encode_spec.hpp"
#include "renewal.pb.h"

namespace redoubt::node::agent_client {
namespace {

using namespace std::chrono_literals;

constexpr Duration k_timeout = 30s;
/// A guest that unpacks an image itself asks for keys first, and may have much to decrypt. Source: Kata's
/// own.
constexpr Duration k_pull_timeout = 1200s;
constexpr std::nullopt_t k_no_timeout = std::nullopt;
/// Most bytes of one stdin write: well below the limit of a ttrpc frame.
constexpr std::size_t k_stdin_chunk = 1024UZ * 1024;
/// The word among the agent's extra features that names its kernel, see agent.proto.
constexpr std::string_view k_kernel_release = "kernel-release=";

void encode_storages(const std::vector<Storage>& from, auto* to) {
    for (const Storage& storage : from) {
        grpc::Storage& out = *to->Add();
        out.set_driver(storage.driver);
        out.mutable_driver_options()->Assign(storage.driver_options.begin(), storage.driver_options.end());
        out.set_source(storage.source);
        out.set_fstype(storage.fstype);
        out.mutable_options()->Assign(storage.options.begin(), storage.options.end());
        out.set_mount_point(storage.mount_point);
    }
}

ContainerStats decode_stats(const grpc::StatsContainerResponse& response) {
    const auto& cgroup = response.cgroup_stats();
    ContainerStats stats{.memory_usage_bytes = cgroup.memory_stats().usage().usage(),
                         .memory_limit_bytes = cgroup.memory_stats().usage().limit(),
                         .cpu_usage_ns = cgroup.cpu_stats().cpu_usage().total_usage(),
                         .pids = cgroup.pids_stats().current(),
                         .pids_limit = cgroup.pids_stats().limit()};
    for (const auto& interface : response.network_stats()) {
        if (interface.name() == "lo") continue;
        stats.network_received_bytes += interface.rx_bytes();
        stats.network_sent_bytes += interface.tx_bytes();
    }
    for (const auto& entry : cgroup.blkio_stats().io_service_bytes_recursive()) {
        if (entry.op() == "Read") stats.block_read_bytes += entry.value();
        if (entry.op() == "Write") stats.block_written_bytes += entry.value();
    }
    return stats;
}

/// A request that names a process.
template <class Request>
Request request_of(const ContainerId& id, const ExecId& exec) {
    Request request;
    request.set_container_id(id.str());
    request.set_exec_id(exec.str());
    return request;
}

grpc::CreateContainerRequest request_for(const ContainerSpec& container) {
    grpc::CreateContainerRequest request;
    request.set_container_id(container.id.str());
    *request.mutable_oci() = encode_spec(container.spec);
    encode_storages(container.storages, request.mutable_storages());
    return request;
}

class AgentConnection final : public AgentClient {
  public:
    AgentConnection(const asio::any_io_executor& executor, std::unique_ptr<ttrpc::ByteStream> stream)
        : client_(executor, std::move(stream)), access_(client_) {}

    Task<void> check_health(Duration limit) override {
        RDT_CO_CHECK(co_await client_.call("grpc.Health", "Check", std::string(), limit));
        co_return Status{};
    }

    Task<GuestDetails> guest_details() override {
        RDT_CO_TRY(const auto response, co_await ask<grpc::GuestDetailsResponse>(
                                            "GetGuestDetails", grpc::GuestDetailsRequest(), k_timeout));
        GuestDetails details{.agent_version = response.agent_details().version(), .kernel_release = {}};
        for (const std::string& feature : response.agent_details().extra_features())
            if (feature.starts_with(k_kernel_release))
                details.kernel_release = feature.substr(k_kernel_release.size());
        co_return details;
    }

    Task<void> renew(GuestRenewal renewal) override {
        redoubt::agent::v1::RenewRequest request;
        request.set_seed(std::move(renewal.seed));
        const auto since_epoch = renewal.now.time_since_epoch();
        const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
        request.set_seconds(seconds.count());
        request.set_nanoseconds(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count()));
        for (auto& interface : renewal.interfaces) {
            auto* added = request.add_interfaces();
            added->set_template_mac(std::move(interface.template_mac));
            added->set_mac(std::move(interface.mac));
        }
        RDT_CO_CHECK(co_await client_.call_message<redoubt::agent::v1::RenewResponse>(
            "redoubt.agent.v1.Renewal", "Renew", std::move(request), k_timeout));
        co_return Status{};
    }

    Task<void> rehearse(ContainerSpec container, std::vector<std::string> template_macs) override {
        redoubt::agent::v1::RehearseRequest request;
        if (!request_for(container).SerializeToString(request.mutable_container()))
            co_return fail(Code::internal, "encode the container of a rehearsal");
        for (auto& mac : template_macs) request.add_template_macs(std::move(mac));
        RDT_CO_CHECK(co_await client_.call_message<redoubt::agent::v1::RehearseResponse>(
            "redoubt.agent.v1.Renewal", "Rehearse", std::move(request), k_timeout));
        co_return Status{};
    }

    Task<void> create_sandbox(SandboxSpec spec) override {
        grpc::CreateSandboxRequest request;
        request.set_sandbox_id(spec.id.str());
        request.set_hostname(std::move(spec.hostname));
        request.mutable_dns()->Assign(spec.dns.begin(), spec.dns.end());
        encode_storages(spec.storages, request.mutable_storages());
        return tell("CreateSandbox", std::move(request), k_timeout);
    }

    Task<void> destroy_sandbox() override {
        return tell("DestroySandbox", grpc::DestroySandboxRequest(), k_timeout);
    }

    Task<void> update_interface(launch::GuestInterface interface) override {
        grpc::UpdateInterfaceRequest request;
        *request.mutable_interface() = encode_interface(interface);
        return tell("UpdateInterface", std::move(request), k_timeout);
    }

    Task<void> update_routes(std::vector<launch::GuestRoute> routes) override {
        grpc::UpdateRoutesRequest request;
        for (const auto& route : routes) *request.mutable_routes()->add_routes() = encode_route(route);
        return tell("UpdateRoutes", std::move(request), k_timeout);
    }

    Task<void> create_container(ContainerSpec spec) override {
        auto request = request_for(spec);
        const bool pulls = std::ranges::contains(spec.storages, "image_guest_pull", &Storage::driver);
        return tell("CreateContainer", std::move(request), pulls ? k_pull_timeout : k_timeout);
    }

    Task<void> start_container(ContainerId id) override {
        grpc::StartContainerRequest request;
        request.set_container_id(id.str());
        return tell("StartContainer", std::move(request), k_timeout);
    }

    Task<void> remove_container(ContainerId id, std::chrono::seconds timeout) override {
        grpc::RemoveContainerRequest request;
        request.set_container_id(id.str());
        request.set_timeout(
            static_cast<std::uint32_t>(std::max<std::chrono::seconds::rep>(timeout.count(), 0)));
        return tell("RemoveContainer", std::move(request), k_timeout + timeout);
    }

    Task<void> exec_process(ContainerId id, ExecId exec, oci::Process process) override {
        auto request = request_of<grpc::ExecProcessRequest>(id, exec);
        *request.mutable_process() = encode_process(process);
        return tell("ExecProcess", std::move(request), k_timeout);
    }

    Task<void> signal_process(ContainerId id, ExecId exec, int signal) override {
        auto request = request_of<grpc::SignalProcessRequest>(id, exec);
        request.set_signal(static_cast<std::uint32_t>(signal));
        return tell("SignalProcess", std::move(request), k_timeout);
    }

    Task<int> wait_process(ContainerId id, ExecId exec) override {
        RDT_CO_TRY(const auto response,
                   co_await ask<grpc::WaitProcessResponse>(
                       "WaitProcess", request_of<grpc::WaitProcessRequest>(id, exec), k_no_timeout));
        co_return response.status();
    }

    Task<std::string> read_stdout(ContainerId id, ExecId exec, ReadWindow window) override {
        return read("ReadStdout", std::move(id), std::move(exec), window);
    }

    Task<std::string> read_stderr(ContainerId id, ExecId exec, ReadWindow window) override {
        return read("ReadStderr", std::move(id), std::move(exec), window);
    }

    Task<void> write_stdin(ContainerId id, ExecId exec, std::string data) override {
        for (std::size_t at = 0; at < data.size();) {
            auto request = request_of<grpc::WriteStreamRequest>(id, exec);
            request.set_data(data.substr(at, k_stdin_chunk));
            const std::size_t sent = request.data().size();
            RDT_CO_TRY(const auto response, co_await ask<grpc::WriteStreamResponse>(
                                                "WriteStdin", std::move(request), k_no_timeout));
            if (response.len() == 0 || response.len() > sent)
                co_return fail(Code::data_loss, "write to stdin: the agent took {} of {} bytes",
                               response.len(), sent);
            at += response.len();
        }
        co_return Status{};
    }

    Task<void> close_stdin(ContainerId id, ExecId exec) override {
        return tell("CloseStdin", request_of<grpc::CloseStdinRequest>(id, exec), k_timeout);
    }

    Task<void> resize_terminal(ContainerId id, ExecId exec, oci::TerminalSize size) override {
        auto request = request_of<grpc::TtyWinResizeRequest>(id, exec);
        request.set_row(size.rows);
        request.set_column(size.columns);
        return tell("TtyWinResize", std::move(request), k_timeout);
    }

    Task<ContainerStats> stats(ContainerId id) override {
        grpc::StatsContainerRequest request;
        request.set_container_id(id.str());
        RDT_CO_TRY(const auto response, co_await ask<grpc::StatsContainerResponse>(
                                            "StatsContainer", std::move(request), k_timeout));
        co_return decode_stats(response);
    }

    Task<void> update_container(ContainerId id, oci::Resources resources) override {
        grpc::UpdateContainerRequest request;
        request.set_container_id(id.str());
        *request.mutable_resources() = encode_resources(resources);
        return tell("UpdateContainer", std::move(request), k_timeout);
    }

    Task<void> pause_container(ContainerId id) override {
        grpc::PauseContainerRequest request;
        request.set_container_id(id.str());
        return tell("PauseContainer", std::move(request), k_timeout);
    }

    Task<void> resume_container(ContainerId id) override {
        grpc::ResumeContainerRequest request;
        request.set_container_id(id.str());
        return tell("ResumeContainer", std::move(request), k_timeout);
    }

    Task<std::vector<launch::GuestProcessInfo>> list_processes(ContainerId id) override {
        return access_.list_processes(std::move(id));
    }
    Task<std::vector<launch::PathChange>> list_changes(ContainerId id, std::string after) override {
        return access_.list_changes(std::move(id), std::move(after));
    }
    Task<launch::PathStatus> stat_path(ContainerId id, std::string path) override {
        return access_.stat_path(std::move(id), std::move(path));
    }
    Task<std::uint64_t> open_archive(ContainerId id, std::string path, std::string name) override {
        return access_.open_archive(std::move(id), std::move(path), std::move(name));
    }
    Task<std::string> read_archive(std::uint64_t transfer) override { return access_.read_archive(transfer); }
    Task<std::uint64_t> open_unpacking(ContainerId id, launch::UnpackOptions options) override {
        return access_.open_unpacking(std::move(id), std::move(options));
    }
    Task<void> write_archive(std::uint64_t transfer, std::string bytes) override {
        return access_.write_archive(transfer, std::move(bytes));
    }
    Task<std::uint64_t> finish_unpacking(std::uint64_t transfer) override {
        return access_.finish_unpacking(transfer);
    }
    Task<void> put_document(std::string name, std::vector<launch::ConfigFile> files) override {
        redoubt::agent::v1::PutDocumentRequest request;
        request.set_name(std::move(name));
        for (auto& file : files) {
            auto* added = request.add_files();
            added->set_path(std::move(file.path));
            added->set_mode(file.mode);
            added->set_data(std::move(file.bytes));
        }
        RDT_CO_CHECK(co_await client_.call_message<redoubt::agent::v1::PutDocumentResponse>(
            "redoubt.agent.v1.ConfigDocuments", "Put", std::move(request), k_timeout));
        co_return Status{};
    }
    Task<void> close_transfer(std::uint64_t transfer) override { return access_.close_transfer(transfer); }

    Task<void> resize_volume(std::string path, std::uint64_t size) override {
        grpc::ResizeVolumeRequest request;
        request.set_volume_guest_path(std::move(path));
        request.set_size(size);
        return tell("ResizeVolume", std::move(request), k_timeout);
    }

    Task<ContainerId> next_oom_event() override {
        RDT_CO_TRY(const auto event,
                   co_await ask<grpc::OOMEvent>("GetOOMEvent", grpc::GetOOMEventRequest(), k_no_timeout));
        co_return ContainerId(event.container_id());
    }

  private:
    static constexpr const char* k_service = "grpc.AgentService";

    /// A call with an answer.
    template <class Response, class Request>
    Task<Response> ask(const char* method, Request request, std::optional<Duration> timeout) {
        return client_.call_message<Response>(k_service, method, std::move(request), timeout);
    }

    /// A call whose answer is empty, or says what we know.
    template <class Request>
    Task<void> tell(const char* method, Request request, std::optional<Duration> timeout) {
        RDT_CO_CHECK(co_await client_.call(k_service, method, request.SerializeAsString(), timeout));
        co_return Status{};
    }

    Task<std::string> read(const char* method, ContainerId id, ExecId exec, ReadWindow window) {
        auto request = request_of<grpc::ReadStreamRequest>(id, exec);
        request.set_len(window.limit);
        if (window.offset) request.set_offset(*window.offset);
        RDT_CO_TRY(auto response,
                   co_await ask<grpc::ReadStreamResponse>(method, std::move(request), k_no_timeout));
        co_return std::move(*response.mutable_data());
    }

    ttrpc::Client client_;
    ContainerAccess access_;
};

Task<std::unique_ptr<ttrpc::ByteStream>> connect_through_link(std::string socket) {
    RDT_CO_TRY(auto wire, co_await ttrpc::connect_unix(std::move(socket)));
    co_return co_await ttrpc::connect_link(std::move(wire));
}

Task<std::unique_ptr<AgentClient>> connect_by(Task<std::unique_ptr<ttrpc::ByteStream>> connecting,
                                              std::filesystem::path socket, Duration deadline) {
    const std::string what = std::format("agent at {}", socket.string());
    auto stream = co_await within(deadline, what, std::move(connecting));
    if (!stream)
        co_return std::unexpected(
            stream.error().code == Code::deadline_exceeded ? stream.error() : stream.error().within(what));
    co_return std::make_unique<AgentConnection>(co_await asio::this_coro::executor, *std::move(stream));
}

} // namespace

Task<std::unique_ptr<AgentClient>> AgentClient::connect(std::filesystem::path socket, Duration deadline) {
    auto connecting = connect_through_link(socket.string());
    return connect_by(std::move(connecting), std::move(socket), deadline);
}

Task<std::unique_ptr<AgentClient>> AgentClient::connect_outside_vm(std::filesystem::path socket,
                                                                   Duration deadline) {
    auto connecting = ttrpc::connect_unix(socket.string());
    return connect_by(std::move(connecting), std::move(socket), deadline);
}

} // namespace redoubt::node::agent_client
