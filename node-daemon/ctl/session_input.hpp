// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "common/base/unique_fd.hpp"
#include "node-daemon/ctl/detach_keys.hpp"
#include "node-daemon/ctl/process_session.hpp"
#include "node-daemon/ctl/signal_pipe.hpp"

namespace redoubt::ctl {

/// The writing half of a session, on a thread of its own: standard input, window size and signals go to the
/// process. Its destructor ends the thread.
class SessionInput {
  public:
    SessionInput(ProcessStream& stream, const SessionOptions& options, DetachKeys keys, SignalPipe& signals,
                 UniqueFd wake);
    ~SessionInput();
    SessionInput(const SessionInput&) = delete;
    SessionInput& operator=(const SessionInput&) = delete;

    /// The process runs: from now on standard input is read and signals are its.
    void begin();

    [[nodiscard]] bool is_detached() const { return is_detached_; }
    /// The signal that ended the session, or 0.
    [[nodiscard]] int ending_signal() const { return ending_signal_; }

  private:
    void run();
    void wake_up() const;
    void take_signals();
    void send_size();
    void read_stdin();

    ProcessStream& stream_;
    const SessionOptions& options_;
    DetachKeys keys_;
    SignalPipe& signals_;
    UniqueFd wake_; ///< eventfd: look at the flags again
    std::atomic<bool> is_connected_ = false;
    std::atomic<bool> is_over_ = false;
    std::atomic<bool> is_detached_ = false;
    std::atomic<int> ending_signal_ = 0;
    bool is_stdin_open_;
    bool is_size_sent_ = false;
    std::thread thread_; ///< last: it uses all of the above
};

} // namespace redoubt::ctl
