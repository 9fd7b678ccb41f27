// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The text of container logs: `2016-10-06T00:17:09.669794202Z stdout F the line`, F for a full line, P for a
/// piece of one. Source: Kubernetes CRI logging format, "kubernetes/design-proposals-archive
/// node/kubelet-cri-logging.md".

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "node-daemon/sandbox/log_reader.hpp"

namespace redoubt::node::sandbox {

/// The longest text of one entry; longer lines become pieces.
inline constexpr std::size_t k_log_piece_bytes = 16U << 10U;

/// RFC 3339 in UTC with nanoseconds.
[[nodiscard]] std::string render_log_time(UnixTime time);
/// Errors: invalid_argument.
[[nodiscard]] Result<UnixTime> parse_log_time(std::string_view text);

/// The entries for bytes just read from a process. What follows the last newline becomes a piece at once:
/// nothing is held back that a crash could lose, and a prompt is seen when it is written.
[[nodiscard]] std::string render_log_entries(UnixTime time, OutputStream stream, std::string_view bytes);

/// One entry, without its newline. Errors: invalid_argument not in this format.
[[nodiscard]] Result<LogLine> parse_log_entry(std::string_view entry);

} // namespace redoubt::node::sandbox
