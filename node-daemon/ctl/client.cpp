// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/client.hpp"

#include <grpcpp/grpcpp.h>

#include <tuple>
#include <utility>

#include "node-daemon/ctl/host.hpp"
#include "node-daemon/ctl/remote_host.hpp"
#include "redoubt/node/v1/node.grpc.pb.h"

namespace redoubt::ctl {
namespace {

Error error_of(const grpc::Status& status) {
    // The values of grpc::StatusCode and of Code are both google.rpc.Code.
    const auto code = static_cast<Code>(status.error_code());
    if (code == Code::unavailable && status.error_message().find("Socket closed") != std::string::npos) {
        return {code, "the daemon closed the connection\ndid redoubtd stop? journalctl -u redoubtd"};
    }
    return {code, status.error_message().empty() ? std::string(name_of(code)) : status.error_message()};
}

Status as_status(const grpc::Status& status) {
    if (status.ok()) return {};
    return std::unexpected(error_of(status));
}

template <class Request, class Response>
using UnaryMethod = grpc::Status (pb::Node::Stub::*)(grpc::ClientContext*, const Request&, Response*);

template <class Request, class Response>
Result<Response> call(pb::Node::Stub& stub, UnaryMethod<Request, Response> method, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const auto status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return std::unexpected(error_of(status));
    return response;
}

template <class Message>
Status read_all(grpc::ClientContext& context, std::unique_ptr<grpc::ClientReader<Message>> reader,
                const Each<Message>& each) {
    Message message;
    while (reader->Read(&message)) {
        if (auto status = each(message); !status) {
            context.TryCancel();
            while (reader->Read(&message)) {
            }
            (void)reader->Finish();
            return status;
        }
    }
    return as_status(reader->Finish());
}

ProcessMessage message_of(pb::AttachResponse& response) {
    using Kind = ProcessMessage::Kind;
    switch (response.message_case()) {
    case pb::AttachResponse::kStdout: return {Kind::standard_output, std::move(*response.mutable_stdout())};
    case pb::AttachResponse::kStderr: return {Kind::standard_error, std::move(*response.mutable_stderr())};
    case pb::AttachResponse::kExitCode: return {Kind::exited, {}, response.exit_code()};
    case pb::AttachResponse::kAttached:
    case pb::AttachResponse::MESSAGE_NOT_SET: break;
    }
    return {Kind::connected, {}};
}

ProcessMessage message_of(pb::ExecResponse& response) {
    using Kind = ProcessMessage::Kind;
    switch (response.message_case()) {
    case pb::ExecResponse::kStdout: return {Kind::standard_output, std::move(*response.mutable_stdout())};
    case pb::ExecResponse::kStderr: return {Kind::standard_error, std::move(*response.mutable_stderr())};
    case pb::ExecResponse::kExitCode: return {Kind::exited, {}, response.exit_code()};
    case pb::ExecResponse::kStarted:
    case pb::ExecResponse::MESSAGE_NOT_SET: break;
    }
    return {Kind::connected, {}};
}

/// Attach and exec speak the same protocol with messages of different names.
template <class Request, class Response>
class GrpcProcessStream final : public ProcessStream {
  public:
    using Opener = std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> (pb::Node::Stub::*)(
        grpc::ClientContext*);

    template <class Start>
    GrpcProcessStream(pb::Node::Stub& stub, Opener opener, const Start& start)
        : stream_((stub.*opener)(&context_)) {
        Request request;
        *request.mutable_start() = start;
        stream_->Write(request);
    }
    GrpcProcessStream(const GrpcProcessStream&) = delete;
    GrpcProcessStream& operator=(const GrpcProcessStream&) = delete;
    ~GrpcProcessStream() override {
        if (!is_finished_) {
            context_.TryCancel();
            std::ignore = GrpcProcessStream::finish();
        }
    }

    std::optional<ProcessMessage> read() override {
        Response response;
        if (!stream_->Read(&response)) return std::nullopt;
        return message_of(response);
    }
    bool write_stdin(std::string bytes) override {
        Request request;
        request.set_stdin(std::move(bytes));
        return stream_->Write(request);
    }
    bool close_stdin() override {
        Request request;
        request.set_stdin_closed(true);
        return stream_->Write(request);
    }
    bool resize(std::uint32_t rows, std::uint32_t columns) override {
        Request request;
        request.mutable_resize()->set_rows(rows);
        request.mutable_resize()->set_columns(columns);
        return stream_->Write(request);
    }
    void cancel() override { context_.TryCancel(); }
    Status finish() override {
        is_finished_ = true;
        // Finish() waits for the end of what was not read; a client that stops early has cancelled.
        Response rest;
        while (stream_->Read(&rest)) {
        }
        return as_status(stream_->Finish());
    }

  private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReaderWriter<Request, Response>> stream_;
    bool is_finished_ = false;
};

} // namespace

struct Client::Stub {
    explicit Stub(std::shared_ptr<grpc::Channel> way)
        : channel(std::move(way)), node(pb::Node::NewStub(channel)) {}

    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<pb::Node::Stub> node;
};

Client::Client(std::unique_ptr<Stub> stub) : stub_(std::move(stub)) {}
Client::~Client() = default;

const std::shared_ptr<grpc::Channel>& Client::channel() const {
    return stub_->channel;
}

Result<std::unique_ptr<Client>> Client::connect(const std::string& host) {
    if (!is_local_host(host)) {
        RDT_TRY(auto channel, connect_to_profile(host));
        return std::unique_ptr<Client>(new Client(std::make_unique<Stub>(std::move(channel))));
    }
    RDT_TRY(const auto path, socket_path_of(host));
    RDT_CHECK(check_daemon_listens(path));
    grpc::ChannelArguments arguments;
    // The daemon's own proxy settings and the like do not apply to a local socket.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    auto channel = grpc::CreateCustomChannel("unix:" + path, grpc::InsecureChannelCredentials(), arguments);
    return std::unique_ptr<Client>(new Client(std::make_unique<Stub>(std::move(channel))));
}

Result<std::string> Client::create_container(const pb::ContainerSpec& spec) {
    pb::CreateContainerRequest request;
    *request.mutable_spec() = spec;
    RDT_TRY(const auto response, call(*stub_->node, &pb::Node::Stub::CreateContainer, request));
    return response.id();
}

Status Client::start_container(const std::string& container) {
    pb::StartContainerRequest request;
    request.set_container(container);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::StartContainer, request));
    return {};
}

Status Client::stop_container(const pb::StopContainerRequest& request) {
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::StopContainer, request));
    return {};
}

Status Client::kill_container(const std::string& container, const std::string& signal) {
    pb::KillContainerRequest request;
    request.set_container(container);
    request.set_signal(signal);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::KillContainer, request));
    return {};
}

Status Client::remove_container(const std::string& container, bool force, bool volumes) {
    pb::RemoveContainerRequest request;
    request.set_container(container);
    request.set_force(force);
    request.set_volumes(volumes);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::RemoveContainer, request));
    return {};
}

Result<pb::ListContainersResponse> Client::list_containers(bool all) {
    pb::ListContainersRequest request;
    request.set_all(all);
    return call(*stub_->node, &pb::Node::Stub::ListContainers, request);
}

Result<pb::InspectContainerResponse> Client::inspect_container(const std::string& container) {
    pb::InspectContainerRequest request;
    request.set_container(container);
    return call(*stub_->node, &pb::Node::Stub::InspectContainer, request);
}

Result<int> Client::wait_container(const std::string& container) {
    pb::WaitContainerRequest request;
    request.set_container(container);
    RDT_TRY(const auto response, call(*stub_->node, &pb::Node::Stub::WaitContainer, request));
    return response.exit_code();
}

Status Client::logs(const pb::LogsRequest& request, const Each<pb::LogsResponse>& each) {
    grpc::ClientContext context;
    return read_all(context, stub_->node->Logs(&context, request), each);
}

Status Client::events(const pb::EventsRequest& request, const Each<pb::Event>& each) {
    grpc::ClientContext context;
    return read_all(context, stub_->node->Events(&context, request), each);
}

Status Client::pause_container(const std::string& container) {
    pb::PauseContainerRequest request;
    request.set_container(container);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::PauseContainer, request));
    return {};
}

Status Client::unpause_container(const std::string& container) {
    pb::UnpauseContainerRequest request;
    request.set_container(container);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::UnpauseContainer, request));
    return {};
}

Status Client::restart_container(const pb::RestartContainerRequest& request) {
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::RestartContainer, request));
    return {};
}

Status Client::rename_container(const std::string& container, const std::string& name) {
    pb::RenameContainerRequest request;
    request.set_container(container);
    request.set_name(name);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::RenameContainer, request));
    return {};
}

Status Client::update_container(const pb::UpdateContainerRequest& request) {
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::UpdateContainer, request));
    return {};
}

Result<pb::ContainerStatsResponse> Client::container_stats(const std::vector<std::string>& containers) {
    pb::ContainerStatsRequest request;
    for (const auto& container : containers) request.add_containers(container);
    return call(*stub_->node, &pb::Node::Stub::ContainerStats, request);
}

Result<pb::TopContainerResponse> Client::top_container(const std::string& container) {
    pb::TopContainerRequest request;
    request.set_container(container);
    return call(*stub_->node, &pb::Node::Stub::TopContainer, request);
}

Status Client::diff_container(const std::string& container, const Each<pb::DiffContainerResponse>& each) {
    pb::DiffContainerRequest request;
    request.set_container(container);
    grpc::ClientContext context;
    return read_all(context, stub_->node->DiffContainer(&context, request), each);
}

Result<pb::StatPathResponse> Client::stat_path(const std::string& container, const std::string& path) {
    pb::StatPathRequest request;
    request.set_container(container);
    request.set_path(path);
    return call(*stub_->node, &pb::Node::Stub::StatPath, request);
}

Status Client::copy_from(const pb::CopyFromRequest& request, const Each<pb::CopyFromResponse>& each) {
    grpc::ClientContext context;
    return read_all(context, stub_->node->CopyFrom(&context, request), each);
}

Result<std::uint64_t> Client::copy_to(const pb::CopyToStart& start,
                                      const std::function<Result<std::string>()>& next) {
    grpc::ClientContext context;
    const auto stream = stub_->node->CopyTo(&context);
    pb::CopyToRequest request;
    *request.mutable_start() = start;
    bool is_heard = stream->Write(request); // false: the daemon has answered already, with a failure
    while (is_heard) {
        auto bytes = next();
        if (!bytes) {
            context.TryCancel();
            std::ignore = stream->Finish();
            return std::unexpected(std::move(bytes).error());
        }
        if (bytes->empty())
            request.set_finish(true);
        else
            request.set_data(std::move(*bytes));
        is_heard = stream->Write(request);
        if (request.has_finish()) break;
    }
    stream->WritesDone();
    pb::CopyToResponse response;
    const bool is_answered = stream->Read(&response);
    RDT_CHECK(as_status(stream->Finish()));
    if (!is_answered) return fail(Code::internal, "the daemon ended the copy without an answer");
    return response.entries();
}

std::unique_ptr<ProcessStream> Client::attach(const pb::AttachStart& start) {
    using Stream = GrpcProcessStream<pb::AttachRequest, pb::AttachResponse>;
    return std::make_unique<Stream>(*stub_->node, &pb::Node::Stub::Attach, start);
}

std::unique_ptr<ProcessStream> Client::exec(const pb::ExecStart& start) {
    using Stream = GrpcProcessStream<pb::ExecRequest, pb::ExecResponse>;
    return std::make_unique<Stream>(*stub_->node, &pb::Node::Stub::Exec, start);
}

Status Client::pull_image(const pb::PullImageRequest& request, const Each<pb::ImageProgress>& each) {
    grpc::ClientContext context;
    return read_all(context, stub_->node->PullImage(&context, request), each);
}

Status Client::import_image(const pb::ImportImageRequest& request, const Each<pb::ImageProgress>& each) {
    grpc::ClientContext context;
    return read_all(context, stub_->node->ImportImage(&context, request), each);
}

Status Client::check_login(const pb::CheckLoginRequest& request) {
    return call(*stub_->node, &pb::Node::Stub::CheckLogin, request).transform([](const auto&) {});
}

Result<pb::ListImagesResponse> Client::list_images() {
    return call(*stub_->node, &pb::Node::Stub::ListImages, pb::ListImagesRequest());
}

Result<pb::InspectImageResponse> Client::inspect_image(const std::string& image) {
    pb::InspectImageRequest request;
    request.set_image(image);
    return call(*stub_->node, &pb::Node::Stub::InspectImage, request);
}

Result<pb::RemoveImageResponse> Client::remove_image(const std::string& image, bool force) {
    pb::RemoveImageRequest request;
    request.set_image(image);
    request.set_force(force);
    return call(*stub_->node, &pb::Node::Stub::RemoveImage, request);
}

Result<std::string> Client::create_pod(const pb::PodSpec& spec) {
    RDT_TRY(const auto response, call(*stub_->node, &pb::Node::Stub::CreatePod, spec));
    return response.id();
}

Status Client::start_pod(const std::string& pod) {
    pb::StartPodRequest request;
    request.set_pod(pod);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::StartPod, request));
    return {};
}

Status Client::stop_pod(const std::string& pod, std::optional<std::uint32_t> timeout_seconds) {
    pb::StopPodRequest request;
    request.set_pod(pod);
    if (timeout_seconds) request.set_timeout_seconds(*timeout_seconds);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::StopPod, request));
    return {};
}

Status Client::kill_pod(const std::string& pod, const std::string& signal) {
    pb::KillPodRequest request;
    request.set_pod(pod);
    request.set_signal(signal);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::KillPod, request));
    return {};
}

Status Client::remove_pod(const std::string& pod, bool force) {
    pb::RemovePodRequest request;
    request.set_pod(pod);
    request.set_force(force);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::RemovePod, request));
    return {};
}

Result<pb::ListPodsResponse> Client::list_pods() {
    return call(*stub_->node, &pb::Node::Stub::ListPods, pb::ListPodsRequest());
}

Result<pb::InspectPodResponse> Client::inspect_pod(const std::string& pod) {
    pb::InspectPodRequest request;
    request.set_pod(pod);
    return call(*stub_->node, &pb::Node::Stub::InspectPod, request);
}

Result<pb::Network> Client::create_network(const pb::CreateNetworkRequest& request) {
    return call(*stub_->node, &pb::Node::Stub::CreateNetwork, request);
}

Result<pb::ListNetworksResponse> Client::list_networks() {
    return call(*stub_->node, &pb::Node::Stub::ListNetworks, pb::ListNetworksRequest());
}

Result<pb::Network> Client::inspect_network(const std::string& network) {
    pb::InspectNetworkRequest request;
    request.set_network(network);
    return call(*stub_->node, &pb::Node::Stub::InspectNetwork, request);
}

Status Client::remove_network(const std::string& network) {
    pb::RemoveNetworkRequest request;
    request.set_network(network);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::RemoveNetwork, request));
    return {};
}

Result<pb::PruneNetworksResponse> Client::prune_networks() {
    return call(*stub_->node, &pb::Node::Stub::PruneNetworks, pb::PruneNetworksRequest());
}

Result<pb::Volume> Client::create_volume(const pb::CreateVolumeRequest& request) {
    return call(*stub_->node, &pb::Node::Stub::CreateVolume, request);
}

Result<pb::ListVolumesResponse> Client::list_volumes() {
    return call(*stub_->node, &pb::Node::Stub::ListVolumes, pb::ListVolumesRequest());
}

Result<pb::Volume> Client::inspect_volume(const std::string& volume) {
    pb::InspectVolumeRequest request;
    request.set_volume(volume);
    return call(*stub_->node, &pb::Node::Stub::InspectVolume, request);
}

Status Client::remove_volume(const std::string& volume, bool force) {
    pb::RemoveVolumeRequest request;
    request.set_volume(volume);
    request.set_force(force);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::RemoveVolume, request));
    return {};
}

Result<pb::PruneVolumesResponse> Client::prune_volumes(const pb::PruneVolumesRequest& request) {
    return call(*stub_->node, &pb::Node::Stub::PruneVolumes, request);
}

Result<pb::Volume> Client::resize_volume(const std::string& volume, std::uint64_t size_bytes) {
    pb::ResizeVolumeRequest request;
    request.set_volume(volume);
    request.set_size_bytes(size_bytes);
    return call(*stub_->node, &pb::Node::Stub::ResizeVolume, request);
}

Result<pb::PruneImagesResponse> Client::prune_images(bool all) {
    pb::PruneImagesRequest request;
    request.set_all(all);
    return call(*stub_->node, &pb::Node::Stub::PruneImages, request);
}

Result<pb::GetDiskUsageResponse> Client::disk_usage() {
    return call(*stub_->node, &pb::Node::Stub::GetDiskUsage, pb::GetDiskUsageRequest());
}

Result<pb::NodeInfo> Client::node_info() {
    return call(*stub_->node, &pb::Node::Stub::GetNodeInfo, pb::GetNodeInfoRequest());
}

Result<pb::CheckNodeResponse> Client::check_node() {
    return call(*stub_->node, &pb::Node::Stub::CheckNode, pb::CheckNodeRequest());
}

Status Client::drain_node(std::optional<std::uint32_t> timeout_seconds) {
    pb::DrainNodeRequest request;
    if (timeout_seconds) request.set_timeout_seconds(*timeout_seconds);
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::DrainNode, request));
    return {};
}

Status Client::resume_node() {
    RDT_CHECK(call(*stub_->node, &pb::Node::Stub::ResumeNode, pb::ResumeNodeRequest()));
    return {};
}

} // namespace redoubt::ctl
