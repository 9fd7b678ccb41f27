// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/safe_open.hpp"

namespace redoubt::guest::oci_runtime {

Result<Terminal> open_terminal(int root, oci::TerminalSize size) {
    auto master = open_in_root(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY);
    if (!master) return std::unexpected(master.error().within("a terminal needs a devpts mount at /dev/pts"));
    struct stat status{};
    // An image may not pass off something else as its terminal multiplexer, which is character device 5:2.
    if (::fstat(master->get(), &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(5, 2))
        return fail(Code::failed_precondition, "a terminal needs a devpts mount at /dev/pts");
    int locked = 0;
    if (::ioctl(master->get(), TIOCSPTLCK, &locked) != 0) return fail_errno(errno, "unlock the terminal");
    UniqueFd slave(::ioctl(master->get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave) return fail_errno(errno, "open the terminal's other end");
    if (size.rows != 0 && size.columns != 0) RDT_CHECK(set_terminal_size(slave.get(), size));
    return Terminal{std::move(*master), std::move(slave)};
}

Status set_terminal_size(int terminal, oci::TerminalSize size) {
    winsize window{};
    window.ws_row = static_cast<unsigned short>(size.rows);
    window.ws_col = static_cast<unsigned short>(size.columns);
    if (::ioctl(terminal, TIOCSWINSZ, &window) != 0) return fail_errno(errno, "resize the terminal");
    return {};
}

Status adopt_terminal(int slave) {
    if (::ioctl(slave, TIOCSCTTY, 0) != 0) return fail_errno(errno, "take the controlling terminal");
    for (int stream = 0; stream <= 2; ++stream)
        if (::dup2(slave, stream) < 0) return fail_errno(errno, "connect the terminal");
    return {};
}

} // namespace redoubt::guest::oci_runtime
