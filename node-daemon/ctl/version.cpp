// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

Result<std::string> server_version(const std::string& host) {
    RDT_TRY(const auto client, Client::connect(host));
    RDT_TRY(const auto info, client->node_info());
    return info.version();
}

} // namespace

Result<int> version(const Invocation& invocation) {
    const auto server = server_version(invocation.host);
    // A wrong --host is a mistake; a daemon that does not run is news.
    if (!server && server.error().code == Code::invalid_argument) return std::unexpected(server.error());
    if (invocation.json) {
        RDT_CHECK(print(versions_json(REDOUBT_VERSION, server ? &*server : nullptr)));
        return 0;
    }
    const std::string answer =
        server ? *server : server.error().message.substr(0, server.error().message.find('\n'));
    RDT_CHECK(print(render_table({{"Client:", REDOUBT_VERSION}, {"Server:", answer}})));
    return 0;
}

} // namespace redoubt::ctl
