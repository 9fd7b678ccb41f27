// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {

Task<pb::NodeInfo> get_node_info(sandbox::Node& node, pb::GetNodeInfoRequest /*request*/) {
    RDT_CO_TRY(const auto info, co_await sandbox::node_info(node));
    co_return encode(info);
}

Task<pb::CheckNodeResponse> check_node(sandbox::Node& node, pb::CheckNodeRequest /*request*/) {
    RDT_CO_TRY(const auto checks, co_await sandbox::check_node(node));
    pb::CheckNodeResponse response;
    for (const auto& check : checks) *response.add_checks() = encode(check);
    co_return response;
}

} // namespace redoubt::node::api
