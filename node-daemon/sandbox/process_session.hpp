// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "common/async/task.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::sandbox {

enum class OutputStream : std::uint8_t { standard_output, standard_error };

/// Bytes a process wrote; with a terminal everything is standard output.
struct Output {
    OutputStream stream = OutputStream::standard_output;
    std::string bytes;
};

/// The process has ended: 0..255, 128+n for signal n. Always the last event, after all output.
struct Exited {
    int code = 0;
};

using ProcessEvent = std::variant<Output, Exited>;

/// One client's view of one process: an attach to a container's init, or an exec. Thread: main strand. One
/// reader and one writer coroutine may use it at once. Destroying it is allowed only when no call is in
/// flight; call close() first, which makes a waiting next() fail with cancelled.
class ProcessSession {
  public:
    ProcessSession() = default;
    virtual ~ProcessSession() = default;
    ProcessSession(const ProcessSession&) = delete;
    ProcessSession& operator=(const ProcessSession&) = delete;

    /// Waits for the next output or the end.
    /// Errors: resource_exhausted the client read too slowly and was dropped; cancelled closed; unavailable
    /// VM gone (exec only: an attach reports Exited then).
    virtual Task<ProcessEvent> next() = 0;
    /// Returns when the guest has taken all bytes. Errors: failed_precondition stdin was not opened or is
    /// closed.
    virtual Task<void> write_stdin(std::string data) = 0;
    /// The process reads end of file. No error when already closed.
    virtual Task<void> close_stdin() = 0;
    /// Errors: failed_precondition no terminal.
    virtual Task<void> resize(oci::TerminalSize size) = 0;
    /// The client is gone. The process goes on; an exec's stdin is closed and its further output is dropped.
    virtual void close() = 0;
};

} // namespace redoubt::node::sandbox
