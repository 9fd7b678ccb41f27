// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {

Task<void> logs(sandbox::Node& node, pb::LogsRequest request, ResponseSink<pb::LogsResponse>& responses) {
    RDT_CO_TRY(const auto options, decode(request));
    RDT_CO_TRY(const auto reader, co_await sandbox::open_logs(node, request.container(), options));
    responses.when_client_gone([&open = *reader] { open.close(); });
    while (true) {
        RDT_CO_TRY(const auto line, co_await reader->next());
        if (!line || !co_await responses.write(encode(*line))) co_return Status();
    }
}

Task<void> events(sandbox::Node& node, pb::EventsRequest request, ResponseSink<pb::Event>& responses) {
    if (request.since() < 0)
        co_return fail(Code::invalid_argument, "since: {} is before 1970", request.since());
    const auto subscription = sandbox::watch_events(node, request.since(), request.follow());
    responses.when_client_gone([&open = *subscription] { open.close(); });
    while (const auto event = co_await subscription->next()) {
        if (!co_await responses.write(encode(*event))) break;
    }
    co_return Status();
}

} // namespace redoubt::node::api
