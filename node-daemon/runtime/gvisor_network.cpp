// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/gvisor_network.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/file.hpp"

namespace redoubt::node::runtime {
namespace {

/// Each network namespace has its own folder there: who hides one must be inside.
int hide_inside(int network_namespace) {
    if (::setns(network_namespace, CLONE_NEWNET) != 0) return errno;
    constexpr unsigned long k_flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
    return ::mount("tmpfs", "/proc/sys/net/core", "tmpfs", k_flags, "size=4k") == 0 ? 0 : errno;
}

} // namespace

Status hide_root_mark(const std::filesystem::path& network_namespace) {
    RDT_TRY(const auto space, open_file(network_namespace, O_RDONLY));
    const pid_t child = ::fork();
    if (child < 0) return fail_errno(errno, "enter {}", network_namespace.native());
    if (child == 0) ::_exit(hide_inside(space.get()));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return fail_errno(errno, "wait for who entered {}", network_namespace.native());
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail_errno(WIFEXITED(status) ? WEXITSTATUS(status) : EIO, "prepare {} for gVisor",
                      network_namespace.native());
}

} // namespace redoubt::node::runtime
