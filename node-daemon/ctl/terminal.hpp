// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <termios.h>

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

} // namespace redoubt::ctl
