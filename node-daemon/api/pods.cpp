// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/decode_pods.hpp"
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {
namespace {

pb::PodState encode(sandbox::PodState state) {
    switch (state) {
    case sandbox::PodState::created: return pb::POD_CREATED;
    case sandbox::PodState::running: return pb::POD_RUNNING;
    case sandbox::PodState::degraded: return pb::POD_DEGRADED;
    case sandbox::PodState::exited: return pb::POD_EXITED;
    }
    return pb::POD_STATE_UNSPECIFIED;
}

pb::PodSummary encode(const sandbox::PodSummary& summary) {
    pb::PodSummary out;
    out.set_id(summary.id.str());
    out.set_name(summary.name);
    out.set_state(encode(summary.state));
    out.set_created_at(summary.created_at);
    out.set_started_at(summary.started_at);
    out.mutable_labels()->insert(summary.labels.begin(), summary.labels.end());
    for (const auto& container : summary.containers) *out.add_containers() = api::encode(container);
    return out;
}

} // namespace

Task<pb::CreatePodResponse> create_pod(sandbox::Node& node, pb::PodSpec request) {
    RDT_CO_TRY(auto spec, decode(request));
    RDT_CO_TRY(const auto id, co_await sandbox::create_pod(node, std::move(spec)));
    pb::CreatePodResponse response;
    response.set_id(id.str());
    co_return response;
}

Task<pb::StartPodResponse> start_pod(sandbox::Node& node, pb::StartPodRequest request) {
    RDT_CO_CHECK(require("pod", request.pod()));
    RDT_CO_CHECK(co_await sandbox::start_pod(node, request.pod()));
    co_return pb::StartPodResponse();
}

Task<pb::StopPodResponse> stop_pod(sandbox::Node& node, pb::StopPodRequest request) {
    RDT_CO_CHECK(require("pod", request.pod()));
    std::optional<std::chrono::seconds> timeout;
    if (request.has_timeout_seconds()) timeout = std::chrono::seconds(request.timeout_seconds());
    RDT_CO_CHECK(co_await sandbox::stop_pod(node, request.pod(), timeout));
    co_return pb::StopPodResponse();
}

Task<pb::KillPodResponse> kill_pod(sandbox::Node& node, pb::KillPodRequest request) {
    RDT_CO_CHECK(require("pod", request.pod()));
    RDT_CO_CHECK(co_await sandbox::kill_pod(node, request.pod(), request.signal()));
    co_return pb::KillPodResponse();
}

Task<pb::RemovePodResponse> remove_pod(sandbox::Node& node, pb::RemovePodRequest request) {
    RDT_CO_CHECK(require("pod", request.pod()));
    const auto mode = request.force() ? sandbox::RemoveMode::force : sandbox::RemoveMode::only_stopped;
    RDT_CO_CHECK(co_await sandbox::remove_pod(node, request.pod(), mode));
    co_return pb::RemovePodResponse();
}

Task<pb::ListPodsResponse> list_pods(sandbox::Node& node, pb::ListPodsRequest /*request*/) {
    pb::ListPodsResponse response;
    for (const auto& summary : sandbox::list_pods(node)) *response.add_pods() = encode(summary);
    co_return response;
}

Task<pb::InspectPodResponse> inspect_pod(sandbox::Node& node, pb::InspectPodRequest request) {
    RDT_CO_CHECK(require("pod", request.pod()));
    RDT_CO_TRY(const auto details, sandbox::inspect_pod(node, request.pod()));
    pb::InspectPodResponse response;
    *response.mutable_summary() = encode(details.summary);
    *response.mutable_spec() = encode(details.spec);
    *response.mutable_sandbox() = encode(details.sandbox);
    co_return response;
}

} // namespace redoubt::node::api
