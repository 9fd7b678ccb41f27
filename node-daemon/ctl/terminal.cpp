// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

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

Result<std::unique_ptr<SilentTerminal>> SilentTerminal::enter(int fd) {
    termios before{};
    if (::tcgetattr(fd, &before) != 0) return fail_errno(errno, "read the terminal's modes");
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    std::unique_ptr<SilentTerminal> made(new SilentTerminal(fd, before));
    if (::tcsetattr(fd, TCSAFLUSH, &silent) != 0) return fail_errno(errno, "silence the terminal");
    return made;
}

SilentTerminal::SilentTerminal(int fd, const termios& before) : fd_(fd), before_(before) {
    // Without SA_RESTART: what reads the terminal fails, and whoever reads goes home by here.
    struct sigaction interrupts{};
    interrupts.sa_handler = [](int) {};
    for (std::size_t i = 0; i < k_signals.size(); ++i)
        ::sigaction(k_signals.at(i), &interrupts, &actions_.at(i));
}

SilentTerminal::~SilentTerminal() {
    ::tcsetattr(fd_, TCSAFLUSH, &before_);
    for (std::size_t i = 0; i < k_signals.size(); ++i) ::sigaction(k_signals.at(i), &actions_.at(i), nullptr);
}

} // namespace redoubt::ctl
