// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/strays.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <format>
#include <string>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

/// Whether the process has the value of -name that make_command() gives this sandbox's VM.
bool is_of(pid_t pid, const SandboxId& id, std::optional<uid_t> owner) {
    struct stat process{};
    if (owner && (::stat(std::format("/proc/{}", pid).c_str(), &process) != 0 || process.st_uid != *owner))
        return false;
    const auto arguments = read_file(std::format("/proc/{}/cmdline", pid));
    return arguments && arguments->contains(std::string(1, '\0') + std::format("guest=redoubt-{},", id));
}

bool kill_if_of(pid_t pid, const SandboxId& id, std::optional<uid_t> owner) {
    // Handle first, then look: the signal goes to the process that was looked at, whatever happens to the
    // pid.
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process || !is_of(pid, id, owner)) return false;
    ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    return true;
}

} // namespace

std::size_t kill_strays(const SandboxId& id, std::optional<uid_t> owner) {
    std::size_t found = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const auto name = entry.path().filename().native();
        pid_t pid = 0;
        const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failure != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
        if (kill_if_of(pid, id, owner)) ++found;
    }
    return found;
}

} // namespace redoubt::node::hypervisor::qemu
