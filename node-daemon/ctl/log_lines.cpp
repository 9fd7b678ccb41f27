// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/log_lines.hpp"

#include <unistd.h>

#include "common/base/file.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/time_text.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<pb::LogsRequest> make_logs_request(bool follow, std::optional<std::uint64_t> tail,
                                          const std::string& since) {
    pb::LogsRequest request;
    request.set_follow(follow);
    if (tail) request.set_tail(*tail);
    if (!since.empty()) {
        RDT_TRY(const auto moment, parse_moment(since, unix_now()).transform_error(context("--since")));
        request.set_since(moment);
    }
    return request;
}

Status show_log_line(const pb::LogsResponse& line, const std::string& prefix, bool with_time, bool json) {
    if (json) return print(log_json_line(line));
    std::string text = prefix + (with_time ? render_time(line.time()) + " " : "") + line.line();
    if (!line.partial()) text += '\n';
    return write_all(line.stream() == pb::STDERR ? STDERR_FILENO : STDOUT_FILENO, text);
}

} // namespace redoubt::ctl
