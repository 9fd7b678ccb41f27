// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::process {

/// The agent's ends of a process's standard streams. With a terminal the three are one: see
/// Process::attach_terminal.
struct StreamEnds {
    UniqueFd input, output, error;
};

/// Both ends of three pipes: the agent's (non-blocking) and the process's.
struct StreamPair {
    StreamEnds agent, process;
};
/// `pipe_bytes` is what each pipe holds; 0: the kernel's own choice.
[[nodiscard]] Result<StreamPair> make_streams(int pipe_bytes = 0);

/// A process of a container: its streams, its end, its exit code. Nothing is buffered here
/// but the last answer: a reader pulls straight from the pipe, so a process whose output nobody reads waits.
/// Thread: one strand. Lifetime: outlives the calls in flight on it (held by shared_ptr by the container and
/// each call).
class Process {
  public:
    Process(const asio::any_io_executor& executor, pid_t pid, UniqueFd pidfd, StreamEnds streams);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// -1 when it has ended.
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }
    [[nodiscard]] bool has_terminal() const { return terminal_.is_open(); }
    /// 128+n when signal n ended it; empty while it lives.
    [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }

    /// Replaces the pipes by a terminal's master.
    [[nodiscard]] Status attach_terminal(UniqueFd master);
    /// Errors: unavailable when it has no terminal.
    [[nodiscard]] Status resize(std::uint32_t rows, std::uint32_t columns);

    /// Records the end; to be called once, with waitpid's status. Readers get what is left in the pipes, then
    /// the end, even when a grandchild still holds a pipe open (after 500 ms, as Kata does).
    void end(int wait_status);
    /// The exit code, now or when it ends. May be called any number of times.
    Task<int> wait();
    /// Errors: not_found when it has ended.
    [[nodiscard]] Status signal(int number) const;

    enum class Stream { output, error };
    /// The next bytes, at most `limit`; empty at the end of the stream. With an `offset` (bytes of the stream
    /// that the caller has in safety; the first one says where counting begins) the answer is kept and given
    /// again until a later offset lies behind it. Errors: out_of_range an offset that is not at hand.
    Task<std::string> read(Stream stream, std::uint32_t limit, std::optional<std::uint64_t> offset = {});
    /// Returns when all of it is in the pipe. Errors: failed_precondition when stdin is closed at either end.
    Task<std::uint32_t> write_input(std::string data);
    /// The process reads end of file next. Without effect on a terminal.
    void close_input();

  private:
    using Descriptor = asio::posix::stream_descriptor;

    /// What has been read from a stream and may be asked for again.
    struct Kept {
        std::optional<std::uint64_t> start; ///< offset of the first byte; none before the first counted read
        std::string bytes;
    };

    static void close(Descriptor& descriptor);
    static Status forget_until(Kept& kept, std::optional<std::uint64_t> offset);
    Descriptor& source_of(Stream stream);
    Task<void> wait_until_ready(Descriptor& descriptor, asio::posix::descriptor_base::wait_type type);

    pid_t pid_;
    UniqueFd pidfd_;
    Descriptor input_, output_, error_, terminal_;
    std::optional<int> exit_code_;
    AsyncEvent ended_;
    asio::steady_timer drain_;
    bool is_drained_ = false;
    Kept kept_output_, kept_error_;
};

} // namespace redoubt::process
