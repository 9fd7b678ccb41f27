// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {

Task<pb::CreateContainerResponse> create_container(sandbox::Node& node, pb::CreateContainerRequest request) {
    RDT_CO_TRY(auto spec, decode(request.spec()));
    RDT_CO_TRY(const auto id, co_await sandbox::create_container(node, std::move(spec)));
    pb::CreateContainerResponse response;
    response.set_id(id.str());
    co_return response;
}

Task<pb::StartContainerResponse> start_container(sandbox::Node& node, pb::StartContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(co_await sandbox::start_container(node, request.container()));
    co_return pb::StartContainerResponse();
}

Task<pb::StopContainerResponse> stop_container(sandbox::Node& node, pb::StopContainerRequest request,
                                               std::chrono::seconds default_timeout) {
    RDT_CO_CHECK(require("container", request.container()));
    const auto timeout =
        request.has_timeout_seconds() ? std::chrono::seconds(request.timeout_seconds()) : default_timeout;
    RDT_CO_CHECK(co_await sandbox::stop_container(node, request.container(), timeout));
    co_return pb::StopContainerResponse();
}

Task<pb::KillContainerResponse> kill_container(sandbox::Node& node, pb::KillContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(co_await sandbox::kill_container(node, request.container(), request.signal()));
    co_return pb::KillContainerResponse();
}

Task<pb::RemoveContainerResponse> remove_container(sandbox::Node& node, pb::RemoveContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    const auto mode = request.force() ? sandbox::RemoveMode::force : sandbox::RemoveMode::only_stopped;
    const auto own = request.volumes() ? sandbox::OwnVolumes::removed : sandbox::OwnVolumes::kept;
    RDT_CO_CHECK(co_await sandbox::remove_container(node, request.container(), mode, own));
    co_return pb::RemoveContainerResponse();
}

Task<pb::ListContainersResponse> list_containers(sandbox::Node& node, pb::ListContainersRequest request) {
    const auto scope = request.all() ? sandbox::ListScope::all : sandbox::ListScope::running;
    pb::ListContainersResponse response;
    for (const auto& summary : sandbox::list_containers(node, scope))
        *response.add_containers() = encode(summary);
    co_return response;
}

Task<pb::InspectContainerResponse> inspect_container(sandbox::Node& node,
                                                     pb::InspectContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_TRY(const auto details, sandbox::inspect_container(node, request.container()));
    co_return encode(details);
}

Task<pb::WaitContainerResponse> wait_container(sandbox::Node& node, pb::WaitContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_TRY(const int exit_code, co_await sandbox::wait_container(node, request.container()));
    pb::WaitContainerResponse response;
    response.set_exit_code(exit_code);
    co_return response;
}

} // namespace redoubt::node::api
