// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> events(Context context, const EventsOptions& options) {
    pb::EventsRequest request;
    request.set_follow(options.follow);
    if (!options.since.empty()) {
        RDT_TRY(const auto since,
                parse_moment(options.since, unix_now()).transform_error(redoubt::context("--since")));
        request.set_since(since);
    }
    RDT_CHECK(context.client.events(request, [&](const pb::Event& event) {
        return print(context.json ? event_json_line(event) : render_event(event));
    }));
    return 0;
}

} // namespace redoubt::ctl
