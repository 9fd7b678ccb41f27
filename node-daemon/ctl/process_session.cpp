// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/process_session.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "node-daemon/ctl/session_input.hpp"
#include "node-daemon/ctl/terminal.hpp"

namespace redoubt::ctl {
namespace {

Result<std::unique_ptr<RawTerminal>> enter_raw_mode(const SessionOptions& options) {
    if (!options.raw_terminal || !options.with_stdin || !is_terminal(STDIN_FILENO)) return nullptr;
    return RawTerminal::enter(STDIN_FILENO);
}

/// Writes output; a reader that went away ends the session as SIGPIPE would, but with the terminal restored.
Status put(int fd, const std::string& bytes, SessionEnd& end) {
    std::size_t done = 0;
    while (done < bytes.size() && end.signal == 0) {
        const auto count = ::write(fd, bytes.data() + done, bytes.size() - done);
        if (count >= 0) {
            done += static_cast<std::size_t>(count);
        } else if (errno == EPIPE) {
            end.signal = SIGPIPE;
        } else if (errno == EAGAIN) {
            pollfd wait{fd, POLLOUT, 0};
            ::poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return fail_errno(errno, "write the process's output");
        }
    }
    return {};
}

/// Copies what the process writes until it ends.
Status copy_output(ProcessStream& stream, SessionInput& input, const SessionOptions& options,
                   SessionEnd& end) {
    std::unique_ptr<RawTerminal> raw;
    while (end.signal == 0) {
        const auto message = stream.read();
        if (!message) break;
        switch (message->kind) {
        case ProcessMessage::Kind::connected: {
            end.was_connected = true;
            RDT_TRY(raw, enter_raw_mode(options));
            input.begin();
            break;
        }
        case ProcessMessage::Kind::standard_output: RDT_CHECK(put(STDOUT_FILENO, message->bytes, end)); break;
        case ProcessMessage::Kind::standard_error: RDT_CHECK(put(STDERR_FILENO, message->bytes, end)); break;
        case ProcessMessage::Kind::exited: end.exit_code = message->exit_code; return {};
        }
    }
    return {};
}

} // namespace

Result<SessionEnd> run_session(ProcessStream& stream, const SessionOptions& options) {
    RDT_TRY(auto keys, DetachKeys::parse(options.detach_keys));
    RDT_TRY(const auto signals,
            SignalPipe::open({SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}));
    // Dying of SIGPIPE would leave the terminal raw; writes fail with EPIPE instead.
    std::signal(SIGPIPE, SIG_IGN);
    UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
    if (!wake) return fail_errno(errno, "open an eventfd");
    SessionEnd end;
    Status copied;
    {
        SessionInput input(stream, options, std::move(keys), *signals, std::move(wake));
        copied = copy_output(stream, input, options, end);
        // A write that waits for a full pipe to the daemon must not keep the input thread.
        if (!copied || end.exit_code || end.signal != 0) stream.cancel();
        end.is_detached = input.is_detached();
        if (end.signal == 0) end.signal = input.ending_signal();
    }
    RDT_CHECK(copied);
    const Status verdict = stream.finish();
    if (!verdict && !end.exit_code && !end.is_detached && end.signal == 0)
        return std::unexpected(verdict.error());
    return end;
}

Result<int> exit_code_of_session(const SessionEnd& end) {
    if (end.exit_code) return *end.exit_code;
    if (end.is_detached) return 0;
    if (end.signal != 0) return 128 + end.signal;
    return fail(Code::internal, "the daemon ended the stream without an exit code");
}

} // namespace redoubt::ctl
