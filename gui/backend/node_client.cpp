// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_client.hpp"

#include "gui/backend/channel.hpp"
#include "gui/backend/node_rpc.hpp"
#include "gui/backend/run_request.hpp"

namespace redoubt::gui {
namespace {

template <class Request>
Request of_container(const std::string& container) {
    Request out;
    out.set_container(container);
    return out;
}

template <class Request>
Request of_pod(const std::string& pod) {
    Request out;
    out.set_pod(pod);
    return out;
}

template <class Response>
Status without_value(Result<Response> result) {
    if (!result) return std::unexpected(std::move(result).error());
    return {};
}

} // namespace

Error error_of(const grpc::Status& status) {
    // The values of grpc::StatusCode and of Code are both google.rpc.Code.
    const auto code = static_cast<Code>(status.error_code());
    const auto& text = status.error_message();
    const bool is_jargon = text.find("failed to connect to all addresses") != std::string::npos ||
                           text.find("Socket closed") != std::string::npos;
    if (code == Code::unavailable && (is_jargon || text.empty()))
        return {code, "the node does not answer: is redoubtd running there?"};
    return {code, text.empty() ? std::string(name_of(code)) : text};
}

NodeClient::NodeClient(std::unique_ptr<Rpc> rpc) : rpc_(std::move(rpc)) {}

NodeClient::~NodeClient() = default;

Result<std::shared_ptr<NodeClient>> NodeClient::open(const Profile& profile) {
    RDT_TRY(auto channel, open_channel(profile));
    return std::shared_ptr<NodeClient>(new NodeClient(std::make_unique<Rpc>(std::move(channel))));
}

void NodeClient::cancel_all() {
    rpc_->calls.cancel_all();
}

Result<NodeFacts> NodeClient::facts() {
    RDT_TRY(const auto info, rpc_->call(&pb::Node::Stub::GetNodeInfo, pb::GetNodeInfoRequest()));
    return decode(info);
}

Result<NodeReading> NodeClient::read_workloads() {
    pb::ListContainersRequest request;
    request.set_all(true);
    RDT_TRY(const auto containers, rpc_->call(&pb::Node::Stub::ListContainers, request));
    RDT_TRY(const auto pods, rpc_->call(&pb::Node::Stub::ListPods, pb::ListPodsRequest()));
    NodeReading out{decode(containers, pods), {}};
    // What cannot be measured now is measured next time: the list is worth showing without it.
    const auto stats = rpc_->call(&pb::Node::Stub::ContainerStats, pb::ContainerStatsRequest());
    if (!stats && stats.error().code == Code::unavailable) return std::unexpected(stats.error());
    if (stats)
        for (const auto& usage : stats->containers()) out.usages.push_back(decode(usage));
    return out;
}

Result<std::vector<ImageRow>> NodeClient::images() {
    RDT_TRY(const auto response, rpc_->call(&pb::Node::Stub::ListImages, pb::ListImagesRequest()));
    std::vector<ImageRow> out;
    for (const auto& image : response.images()) out.push_back(decode(image));
    return out;
}

Result<DiskUse> NodeClient::disk_use() {
    RDT_TRY(const auto response, rpc_->call(&pb::Node::Stub::GetDiskUsage, pb::GetDiskUsageRequest()));
    return decode(response);
}

Result<std::vector<Check>> NodeClient::checks() {
    RDT_TRY(const auto response, rpc_->call(&pb::Node::Stub::CheckNode, pb::CheckNodeRequest(), k_long_call));
    std::vector<Check> out;
    for (const auto& check : response.checks()) out.push_back(decode(check));
    return out;
}

Result<std::vector<std::string>> NodeClient::networks() {
    RDT_TRY(const auto response, rpc_->call(&pb::Node::Stub::ListNetworks, pb::ListNetworksRequest()));
    std::vector<std::string> out;
    for (const auto& network : response.networks()) out.push_back(network.name());
    return out;
}

Result<Details> NodeClient::details(const std::string& id, WorkloadKind kind) {
    if (kind == WorkloadKind::pod) {
        RDT_TRY(const auto pod, rpc_->call(&pb::Node::Stub::InspectPod, of_pod<pb::InspectPodRequest>(id)));
        return decode(pod);
    }
    RDT_TRY(const auto container,
            rpc_->call(&pb::Node::Stub::InspectContainer, of_container<pb::InspectContainerRequest>(id)));
    return decode(container);
}

Status NodeClient::start(const std::string& id, WorkloadKind kind) {
    if (kind == WorkloadKind::pod)
        return without_value(
            rpc_->call(&pb::Node::Stub::StartPod, of_pod<pb::StartPodRequest>(id), k_long_call));
    return without_value(rpc_->call(&pb::Node::Stub::StartContainer,
                                    of_container<pb::StartContainerRequest>(id), k_long_call));
}

Status NodeClient::stop(const std::string& id, WorkloadKind kind) {
    if (kind == WorkloadKind::pod)
        return without_value(
            rpc_->call(&pb::Node::Stub::StopPod, of_pod<pb::StopPodRequest>(id), k_long_call));
    return without_value(
        rpc_->call(&pb::Node::Stub::StopContainer, of_container<pb::StopContainerRequest>(id), k_long_call));
}

Status NodeClient::restart(const std::string& container) {
    return without_value(rpc_->call(&pb::Node::Stub::RestartContainer,
                                    of_container<pb::RestartContainerRequest>(container), k_long_call));
}

Status NodeClient::pause(const std::string& container) {
    return without_value(rpc_->call(&pb::Node::Stub::PauseContainer,
                                    of_container<pb::PauseContainerRequest>(container), k_long_call));
}

Status NodeClient::unpause(const std::string& container) {
    return without_value(rpc_->call(&pb::Node::Stub::UnpauseContainer,
                                    of_container<pb::UnpauseContainerRequest>(container), k_long_call));
}

Status NodeClient::remove(const std::string& id, WorkloadKind kind) {
    if (kind == WorkloadKind::pod) {
        auto request = of_pod<pb::RemovePodRequest>(id);
        request.set_force(true);
        return without_value(rpc_->call(&pb::Node::Stub::RemovePod, request, k_long_call));
    }
    auto request = of_container<pb::RemoveContainerRequest>(id);
    request.set_force(true);
    return without_value(rpc_->call(&pb::Node::Stub::RemoveContainer, request, k_long_call));
}

Status NodeClient::remove_image(const std::string& image) {
    pb::RemoveImageRequest request;
    request.set_image(image);
    return without_value(rpc_->call(&pb::Node::Stub::RemoveImage, request, k_long_call));
}

Result<std::string> NodeClient::create(const RunRequest& request) {
    pb::CreateContainerRequest message;
    RDT_TRY(*message.mutable_spec(), encode(request));
    RDT_TRY(const auto response, rpc_->call(&pb::Node::Stub::CreateContainer, message, k_long_call));
    return response.id();
}

} // namespace redoubt::gui
