// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <termios.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>

#include "common/base/error.hpp"

namespace redoubt::ctl {

struct WindowSize {
    std::uint32_t rows = 0;
    std::uint32_t columns = 0;
};

[[nodiscard]] bool is_terminal(int fd);

/// The size of the terminal behind `fd`; nothing when it is none.
[[nodiscard]] std::optional<WindowSize> window_size(int fd);

/// While it lives, the terminal passes every key on untouched; its destructor restores what was.
class RawTerminal {
  public:
    /// Errors: errno's, when `fd` is no terminal.
    static Result<std::unique_ptr<RawTerminal>> enter(int fd);
    ~RawTerminal();
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

  private:
    RawTerminal(int fd, const termios& before) : fd_(fd), before_(before) {}

    int fd_;
    termios before_;
};

/// While it lives, the terminal shows nothing of what is typed, and a signal that would end the program makes
/// reads fail instead, so that the terminal is never left silent. Thread: one of these at a time.
class SilentTerminal {
  public:
    /// Errors: errno's, when `fd` is no terminal.
    static Result<std::unique_ptr<SilentTerminal>> enter(int fd);
    ~SilentTerminal();
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

  private:
    static constexpr std::array k_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    SilentTerminal(int fd, const termios& before);

    int fd_;
    termios before_;
    std::array<struct sigaction, k_signals.size()> actions_{};
};

} // namespace redoubt::ctl
