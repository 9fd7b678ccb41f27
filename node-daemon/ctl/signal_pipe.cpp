// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/signal_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

namespace redoubt::ctl {
namespace {

// A signal handler has no argument of ours: the pipe's end must be global.
std::atomic<int> g_write_end = -1;

extern "C" void redoubt_ctl_forward_signal(int signal) {
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(signal);
    // A full pipe means hundreds of signals wait already: this one is not missed.
    [[maybe_unused]] const auto written = ::write(g_write_end.load(), &byte, 1);
    errno = saved;
}

} // namespace

SignalPipe::SignalPipe(UniqueFd read_end, UniqueFd write_end)
    : read_end_(std::move(read_end)), write_end_(std::move(write_end)) {
    g_write_end = write_end_.get();
}

Result<std::unique_ptr<SignalPipe>> SignalPipe::open(std::initializer_list<int> signals) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno(errno, "open a pipe");
    auto pipe = std::unique_ptr<SignalPipe>(new SignalPipe(UniqueFd(ends[0]), UniqueFd(ends[1])));
    for (const int signal : signals) {
        struct sigaction action{};
        action.sa_handler = redoubt_ctl_forward_signal;
        action.sa_flags = SA_RESTART;
        Previous previous{signal, {}};
        if (::sigaction(signal, &action, &previous.action) != 0)
            return fail_errno(errno, "handle signal {}", signal);
        pipe->previous_.push_back(previous);
    }
    return pipe;
}

SignalPipe::~SignalPipe() {
    for (const auto& previous : previous_) ::sigaction(previous.signal, &previous.action, nullptr);
    g_write_end = -1;
}

std::vector<int> SignalPipe::take() {
    std::array<unsigned char, 64> bytes{};
    std::vector<int> signals;
    while (true) {
        const auto count = ::read(read_end_.get(), bytes.data(), bytes.size());
        if (count <= 0) return signals;
        signals.insert(signals.end(), bytes.begin(), bytes.begin() + count);
    }
}

} // namespace redoubt::ctl
