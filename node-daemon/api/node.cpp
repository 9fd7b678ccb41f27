// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"
#include "node-daemon/sandbox/drain_node.hpp"

namespace redoubt::node::api {

Task<pb::NodeInfo> get_node_info(sandbox::Node& node, pb::GetNodeInfoRequest /*request*/) {
    RDT_CO_TRY(const auto info, co_await sandbox::node_info(node));
    auto response = encode(info);
    response.set_drained(sandbox::is_drained(node));
    co_return response;
}

Task<pb::DrainNodeResponse> drain_node(sandbox::Node& node, pb::DrainNodeRequest request,
                                       std::chrono::seconds default_timeout) {
    sandbox::DrainOptions options;
    options.timeout =
        request.has_timeout_seconds() ? std::chrono::seconds(request.timeout_seconds()) : default_timeout;
    RDT_CO_CHECK(co_await sandbox::drain_node(node, std::move(options)));
    co_return pb::DrainNodeResponse();
}

Task<pb::ResumeNodeResponse> resume_node(sandbox::Node& node, pb::ResumeNodeRequest /*request*/) {
    RDT_CO_CHECK(co_await sandbox::resume_node(node));
    co_return pb::ResumeNodeResponse();
}

Task<pb::CheckNodeResponse> check_node(sandbox::Node& node, pb::CheckNodeRequest /*request*/) {
    RDT_CO_TRY(const auto checks, co_await sandbox::check_node(node));
    pb::CheckNodeResponse response;
    for (const auto& check : checks) *response.add_checks() = encode(check);
    co_return response;
}

} // namespace redoubt::node::api
