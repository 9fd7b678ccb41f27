// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/session_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "node-daemon/ctl/terminal.hpp"

namespace redoubt::ctl {

SessionInput::SessionInput(ProcessStream& stream, const SessionOptions& options, DetachKeys keys,
                           SignalPipe& signals, UniqueFd wake)
    : stream_(stream), options_(options), keys_(std::move(keys)), signals_(signals), wake_(std::move(wake)),
      is_stdin_open_(options.with_stdin), thread_([this] { run(); }) {}

SessionInput::~SessionInput() {
    is_over_ = true;
    wake_up();
    thread_.join();
}

void SessionInput::begin() {
    is_connected_ = true;
    wake_up();
}

void SessionInput::wake_up() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void SessionInput::run() {
    while (!is_over_) {
        // A negative descriptor is one that poll() skips.
        const int input = is_connected_ && is_stdin_open_ ? STDIN_FILENO : -1;
        std::array<pollfd, 3> waits{
            {{wake_.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {input, POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
        if (is_over_) return;
        if (waits[0].revents != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto drained = ::read(wake_.get(), &count, sizeof count);
        }
        if (is_connected_ && !is_size_sent_) send_size();
        if (waits[1].revents != 0) take_signals();
        if (waits[2].revents != 0) read_stdin();
    }
}

void SessionInput::send_size() {
    is_size_sent_ = true;
    if (!options_.raw_terminal) return;
    if (const auto size = window_size(STDIN_FILENO)) stream_.resize(size->rows, size->columns);
}

void SessionInput::take_signals() {
    for (const int signal : signals_.take()) {
        if (signal == SIGWINCH) {
            if (is_connected_) send_size();
        } else if (is_connected_ && options_.on_signal) {
            options_.on_signal(signal);
        } else {
            ending_signal_ = signal;
            stream_.cancel();
        }
    }
}

void SessionInput::read_stdin() {
    std::array<char, 32768> buffer{};
    const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
        is_stdin_open_ = false;
        stream_.close_stdin();
        return;
    }
    const std::string_view typed(buffer.data(), static_cast<std::size_t>(count));
    DetachKeys::Step step = options_.raw_terminal ? keys_.feed(typed) : DetachKeys::Step{std::string(typed)};
    if (!step.forward.empty() && !stream_.write_stdin(std::move(step.forward))) is_stdin_open_ = false;
    if (step.is_detached) {
        is_detached_ = true;
        is_stdin_open_ = false;
        stream_.cancel();
    }
}

} // namespace redoubt::ctl
