// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/error.hpp"
#include "node-daemon/ctl/process_stream.hpp"

namespace redoubt::ctl {

/// How a process's streams meet this program's.
struct SessionOptions {
    bool with_stdin = false; ///< pass our standard input on
    bool raw_terminal =
        false; ///< the process has a terminal: pass keys untouched, when ours is one, and its size
    std::string detach_keys;
    /// Passes a signal on to the process; empty: a signal ends the session. Called from the session's input
    /// thread.
    std::function<void(int signal)> on_signal;
};

struct SessionEnd {
    bool was_connected = false;   ///< the process ran
    std::optional<int> exit_code; ///< of the process
    bool is_detached = false;     ///< the user detached; the process goes on
    int signal = 0;               ///< that ended the session on our side
};

/// Connects standard input, output and error with a process until it ends, the user detaches or a signal ends
/// it. The terminal is restored before it returns. Errors: the daemon's; those of the terminal.
Result<SessionEnd> run_session(ProcessStream& stream, const SessionOptions& options);

/// The exit code of a session for the shell. Errors: internal when the stream ended without saying why.
Result<int> exit_code_of_session(const SessionEnd& end);

} // namespace redoubt::ctl
