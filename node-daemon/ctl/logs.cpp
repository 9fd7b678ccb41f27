// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/log_lines.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> logs(Context context, const LogsOptions& options) {
    RDT_TRY(auto request, make_logs_request(options.follow, options.tail, options.since));
    request.set_container(options.container);
    RDT_CHECK(context.client.logs(request, [&](const pb::LogsResponse& line) {
        return show_log_line(line, "", options.timestamps, context.json);
    }));
    return 0;
}

} // namespace redoubt::ctl
