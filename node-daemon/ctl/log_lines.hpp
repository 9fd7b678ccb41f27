// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What `logs` and `pod logs` have in common.

#include <string>

#include "node-daemon/ctl/client.hpp"
#include "node-daemon/ctl/invocation.hpp"

namespace redoubt::ctl {

/// The request without its container. Errors: invalid_argument naming --since.
[[nodiscard]] Result<pb::LogsRequest> make_logs_request(bool follow, std::optional<std::uint64_t> tail,
                                                        const std::string& since);

/// Prints a line to the stream it came from; as JSON to standard output.
Status show_log_line(const pb::LogsResponse& line, const std::string& prefix, bool with_time, bool json);

} // namespace redoubt::ctl
