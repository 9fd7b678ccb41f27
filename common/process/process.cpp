// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/process/process.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

namespace redoubt::process {

namespace {

constexpr auto k_drain_time = std::chrono::milliseconds(500);
/// Well below what one ttrpc message may carry.
constexpr std::uint32_t k_max_read = 1U << 20U;

Result<std::pair<UniqueFd, UniqueFd>> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "make a pipe");
    return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

void set_non_blocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

} // namespace

Result<StreamPair> make_streams(int pipe_bytes) {
    RDT_TRY(auto input, make_pipe());
    RDT_TRY(auto output, make_pipe());
    RDT_TRY(auto error, make_pipe());
    for (const auto* end : {&input.second, &output.first, &error.first}) {
        set_non_blocking(end->get());
        if (pipe_bytes != 0 && ::fcntl(end->get(), F_SETPIPE_SZ, pipe_bytes) < 0)
            return fail_errno(errno, "make a pipe of {} bytes", pipe_bytes);
    }
    return StreamPair{{std::move(input.second), std::move(output.first), std::move(error.first)},
                      {std::move(input.first), std::move(output.second), std::move(error.second)}};
}

Process::Process(const asio::any_io_executor& executor, pid_t pid, UniqueFd pidfd, StreamEnds streams)
    : pid_(pid), pidfd_(std::move(pidfd)), input_(executor), output_(executor), error_(executor),
      terminal_(executor), ended_(executor), drain_(executor) {
    if (streams.input) input_.assign(streams.input.release());
    if (streams.output) output_.assign(streams.output.release());
    if (streams.error) error_.assign(streams.error.release());
}

Status Process::attach_terminal(UniqueFd master) {
    set_non_blocking(master.get());
    boost::system::error_code error;
    terminal_.assign(master.get(), error);
    if (error) return fail(Code::internal, "attach the terminal: {}", error.message());
    std::ignore = master.release();
    for (auto* unused : {&input_, &output_, &error_}) unused->close(error);
    return {};
}

Status Process::resize(std::uint32_t rows, std::uint32_t columns) {
    if (!has_terminal()) return fail(Code::unavailable, "the process has no terminal");
    winsize size{};
    size.ws_row = static_cast<unsigned short>(std::min(rows, 0xffffU));
    size.ws_col = static_cast<unsigned short>(std::min(columns, 0xffffU));
    if (::ioctl(terminal_.native_handle(), TIOCSWINSZ, &size) != 0)
        return fail_errno(errno, "resize the terminal");
    return {};
}

void Process::end(int wait_status) {
    exit_code_ = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    pidfd_.reset();
    close(input_);
    ended_.set();
    drain_.expires_after(k_drain_time);
}

Task<int> Process::wait() {
    while (!exit_code_) {
        co_await ended_.wait();
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for process {}: the caller has gone", pid_);
    }
    co_return *exit_code_;
}

Status Process::signal(int number) const {
    if (exit_code_) return fail(Code::not_found, "process {} has ended", pid_);
    if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) != 0)
        return fail_errno(errno, "send signal {} to process {}", number, pid_);
    return {};
}

Process::Descriptor& Process::source_of(Stream stream) {
    if (has_terminal()) return terminal_;
    return stream == Stream::output ? output_ : error_;
}

/// Waits for the descriptor; or, once the process has ended, for the drain time to run out.
Task<void> Process::wait_until_ready(Descriptor& descriptor, asio::posix::descriptor_base::wait_type type) {
    using namespace asio::experimental::awaitable_operators;
    if (exit_code_) {
        auto first = co_await (descriptor.async_wait(type, k_as_tuple) || drain_.async_wait(k_as_tuple));
        if (first.index() == 1 && Clock::now() >= drain_.expiry()) is_drained_ = true;
    } else {
        co_await (descriptor.async_wait(type, k_as_tuple) || ended_.wait());
    }
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
        co_return fail(Code::cancelled, "stream of process {}: the caller has gone", pid_);
    co_return Status{};
}

/// Drops what the caller has in safety.
Status Process::forget_until(Kept& kept, std::optional<std::uint64_t> offset) {
    if (!offset) {
        if (kept.start) *kept.start += kept.bytes.size();
        kept.bytes.clear();
        return {};
    }
    const std::uint64_t wanted = *offset;
    const std::uint64_t start = kept.start.value_or(wanted);
    if (wanted < start || wanted - start > kept.bytes.size())
        return fail(Code::out_of_range, "offset {} is not at hand: {} bytes from {} are", wanted,
                    kept.bytes.size(), start);
    kept.bytes.erase(0, wanted - start);
    kept.start = wanted;
    return {};
}

Task<std::string> Process::read(Stream stream, std::uint32_t limit, std::optional<std::uint64_t> offset) {
    // A terminal has one output.
    if (has_terminal() && stream == Stream::error) co_return std::string();
    auto& kept = stream == Stream::output ? kept_output_ : kept_error_;
    RDT_CO_CHECK(forget_until(kept, offset));
    if (!kept.bytes.empty()) co_return kept.bytes.substr(0, std::max(limit, 1U));
    auto& source = source_of(stream);
    std::string data;
    while (source.is_open()) {
        data.resize(std::clamp(limit, 1U, k_max_read));
        const auto size = ::read(source.native_handle(), data.data(), data.size());
        if (size > 0) {
            data.resize(static_cast<std::size_t>(size));
            if (offset)
                kept.bytes += data;
            else if (kept.start)
                *kept.start += data.size();
            co_return data;
        }
        // A terminal whose other end nobody holds any more reports an I/O error: its end of file.
        if (size == 0 || (errno != EAGAIN && errno != EINTR) || is_drained_) {
            close(source);
            break;
        }
        RDT_CO_CHECK(co_await wait_until_ready(source, asio::posix::descriptor_base::wait_read));
    }
    co_return std::string();
}

Task<std::uint32_t> Process::write_input(std::string data) {
    auto& sink = has_terminal() ? terminal_ : input_;
    std::size_t written = 0;
    while (written < data.size()) {
        if (!sink.is_open() || is_drained_) co_return fail(Code::failed_precondition, "stdin is closed");
        const auto size = ::write(sink.native_handle(), data.data() + written, data.size() - written);
        if (size >= 0) {
            written += static_cast<std::size_t>(size);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            co_return fail(Code::failed_precondition, "the process closed its stdin");
        RDT_CO_CHECK(co_await wait_until_ready(sink, asio::posix::descriptor_base::wait_write));
    }
    co_return static_cast<std::uint32_t>(data.size());
}

void Process::close_input() {
    close(input_);
}

void Process::close(Descriptor& descriptor) {
    boost::system::error_code ignored;
    if (descriptor.is_open()) descriptor.close(ignored);
}

} // namespace redoubt::process
