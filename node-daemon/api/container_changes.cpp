// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {

Task<pb::PauseContainerResponse> pause_container(sandbox::Node& node, pb::PauseContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(co_await sandbox::pause_container(node, request.container()));
    co_return pb::PauseContainerResponse();
}

Task<pb::UnpauseContainerResponse> unpause_container(sandbox::Node& node,
                                                     pb::UnpauseContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(co_await sandbox::unpause_container(node, request.container()));
    co_return pb::UnpauseContainerResponse();
}

Task<pb::RestartContainerResponse> restart_container(sandbox::Node& node, pb::RestartContainerRequest request,
                                                     std::chrono::seconds default_timeout) {
    RDT_CO_CHECK(require("container", request.container()));
    const auto timeout =
        request.has_timeout_seconds() ? std::chrono::seconds(request.timeout_seconds()) : default_timeout;
    RDT_CO_CHECK(co_await sandbox::restart_container(node, request.container(), timeout));
    co_return pb::RestartContainerResponse();
}

Task<pb::RenameContainerResponse> rename_container(sandbox::Node& node, pb::RenameContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    RDT_CO_CHECK(require("name", request.name()));
    RDT_CO_CHECK(co_await sandbox::rename_container(node, request.container(), request.name()));
    co_return pb::RenameContainerResponse();
}

Task<pb::UpdateContainerResponse> update_container(sandbox::Node& node, pb::UpdateContainerRequest request) {
    RDT_CO_CHECK(require("container", request.container()));
    sandbox::LimitChanges changes;
    if (request.has_memory_bytes()) changes.memory_bytes = request.memory_bytes();
    if (request.has_cpus()) changes.cpus = request.cpus();
    RDT_CO_CHECK(co_await sandbox::update_container(node, request.container(), changes));
    co_return pb::UpdateContainerResponse();
}

} // namespace redoubt::node::api
