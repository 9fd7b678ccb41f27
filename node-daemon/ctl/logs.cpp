// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <format>

#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/time_text.hpp"
#include "node-daemon/ctl/verbs.hpp"

#include <unistd.h>

#include "common/base/file.hpp"

namespace redoubt::ctl {
namespace {

Status show(const pb::LogsResponse& line, bool with_time, bool json) {
    if (json) return print(log_json_line(line));
    std::string text = with_time ? render_time(line.time()) + " " : "";
    text += line.line();
    if (!line.partial()) text += '\n';
    return write_all(line.stream() == pb::STDERR ? STDERR_FILENO : STDOUT_FILENO, text);
}

} // namespace

Result<int> logs(Context context, const LogsOptions& options) {
    pb::LogsRequest request;
    request.set_container(options.container);
    request.set_follow(options.follow);
    if (options.tail) request.set_tail(*options.tail);
    if (!options.since.empty()) {
        RDT_TRY(const auto since,
                parse_moment(options.since, unix_now()).transform_error(redoubt::context("--since")));
        request.set_since(since);
    }
    RDT_CHECK(context.client.logs(
        request, [&](const pb::LogsResponse& line) { return show(line, options.timestamps, context.json); }));
    return 0;
}

} // namespace redoubt::ctl
