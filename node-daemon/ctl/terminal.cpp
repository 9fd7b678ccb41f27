// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace redoubt::ctl {

bool is_terminal(int fd) {
    return ::isatty(fd) == 1;
}

std::optional<WindowSize> window_size(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return std::nullopt;
    return WindowSize{size.ws_row, size.ws_col};
}

Result<std::unique_ptr<RawTerminal>> RawTerminal::enter(int fd) {
    termios before{};
    if (::tcgetattr(fd, &before) != 0) return fail_errno(errno, "read the terminal's settings");
    termios raw = before;
    ::cfmakeraw(&raw);
    auto terminal = std::unique_ptr<RawTerminal>(new RawTerminal(fd, before));
    // TCSADRAIN, not FLUSH: keys typed while the container started belong to it.
    if (::tcsetattr(fd, TCSADRAIN, &raw) != 0) return fail_errno(errno, "set the terminal to raw mode");
    return terminal;
}

RawTerminal::~RawTerminal() {
    ::tcsetattr(fd_, TCSADRAIN, &before_);
}

} // namespace redoubt::ctl
