// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "node-daemon/sandbox/container_spec.hpp"
#include "node-daemon/sandbox/process_session.hpp"

namespace redoubt::node::sandbox {

struct LogOptions {
    bool follow = false;
    std::optional<std::uint64_t> tail; ///< only the last so many lines of what is there
    UnixTime since = 0;
};

/// One line of a container's log.
struct LogLine {
    UnixTime time = 0;
    OutputStream stream = OutputStream::standard_output;
    std::string text;        ///< without its newline
    bool is_partial = false; ///< the line goes on in the next entry: no newline belongs behind it
};

/// Reads a container's log file. Thread: main strand.
class LogReader {
  public:
    LogReader() = default;
    virtual ~LogReader() = default;
    LogReader(const LogReader&) = delete;
    LogReader& operator=(const LogReader&) = delete;

    /// The next line; nothing at the end (following: when the container has ended and all is read), or after
    /// close().
    virtual Task<std::optional<LogLine>> next() = 0;
    /// Wakes a waiting next().
    virtual void close() = 0;
};

} // namespace redoubt::node::sandbox
