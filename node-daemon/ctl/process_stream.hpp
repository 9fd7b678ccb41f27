// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// What a process's stream brings.
struct ProcessMessage {
    enum class Kind : std::uint8_t { connected, standard_output, standard_error, exited };
    Kind kind = Kind::connected;
    std::string bytes; ///< of output
    int exit_code = 0; ///< of exited
};

/// The streams of one process in a container: attach and exec alike.
/// Thread: one thread reads, one other writes; cancel() from any.
class ProcessStream {
  public:
    ProcessStream() = default;
    virtual ~ProcessStream() = default;
    ProcessStream(const ProcessStream&) = delete;
    ProcessStream& operator=(const ProcessStream&) = delete;

    /// Waits for the next message; nothing at the end, which finish() explains.
    virtual std::optional<ProcessMessage> read() = 0;
    /// False when the stream has ended.
    virtual bool write_stdin(std::string bytes) = 0;
    virtual bool close_stdin() = 0;
    virtual bool resize(std::uint32_t rows, std::uint32_t columns) = 0;
    /// Ends the stream now; the process goes on.
    virtual void cancel() = 0;
    /// The daemon's verdict, once read() has returned nothing.
    virtual Status finish() = 0;
};

} // namespace redoubt::ctl
