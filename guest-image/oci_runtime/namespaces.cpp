// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <format>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "guest-image/oci_runtime/channel.hpp"

namespace redoubt::guest::oci_runtime {

namespace {

constexpr std::array<std::pair<std::string_view, int>, 6> k_flags = {{
    {"pid", CLONE_NEWPID},
    {"network", CLONE_NEWNET},
    {"mount", CLONE_NEWNS},
    {"ipc", CLONE_NEWIPC},
    {"uts", CLONE_NEWUTS},
    {"cgroup", CLONE_NEWCGROUP},
}};

/// The holder's whole life: make the namespaces, say so, live until they are opened.
[[noreturn]] void hold_namespaces(const ChildChannel& channel, const std::string& hostname) {
    if (::unshare(CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
        channel.send_error(fail_errno(errno, "unshare").error());
    } else if (!hostname.empty() && ::sethostname(hostname.data(), hostname.size()) != 0) {
        channel.send_error(fail_errno(errno, "set host name '{}'", hostname).error());
    } else if (channel.send_ready(-1)) {
        [[maybe_unused]] const bool told = channel.wait_for_go();
    }
    ::_exit(0);
}

Result<SharedNamespace> open_namespace(pid_t pid, int flag, std::string_view name) {
    RDT_TRY(auto fd, open_file(std::format("/proc/{}/ns/{}", pid, name), O_RDONLY));
    return SharedNamespace{flag, std::move(fd)};
}

} // namespace

Result<int> namespace_flag(const std::string& type) {
    for (const auto& [name, flag] : k_flags)
        if (name == type) return flag;
    if (type == "user" || type == "time")
        return fail(Code::unimplemented, "{} namespaces are not implemented by this agent", type);
    return fail(Code::invalid_argument, "unknown namespace type '{}'", type);
}

Result<int> namespace_flags(const std::vector<oci::Namespace>& namespaces) {
    int flags = 0;
    for (const auto& wanted : namespaces) {
        RDT_TRY(const int flag, namespace_flag(wanted.type));
        if (!wanted.path.empty())
            return fail(Code::invalid_argument,
                        "{} namespace: joining '{}' by path is not possible in the guest", wanted.type,
                        wanted.path);
        if ((flags & flag) != 0)
            return fail(Code::invalid_argument, "{} namespace is listed twice", wanted.type);
        flags |= flag;
    }
    return flags;
}

Result<std::vector<SharedNamespace>> make_shared_namespaces(const std::string& hostname) {
    RDT_TRY(auto ends, make_channel());
    const pid_t holder = ::fork();
    if (holder < 0) return fail_errno(errno, "fork");
    if (holder == 0) hold_namespaces(ChildChannel(ends.second.get()), hostname);
    ends.second.reset();
    const auto ready = wait_until_ready(ends.first.get());
    auto ipc = open_namespace(holder, CLONE_NEWIPC, "ipc");
    auto uts = open_namespace(holder, CLONE_NEWUTS, "uts");
    ::kill(holder, SIGKILL);
    while (::waitpid(holder, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (!ready) return std::unexpected(ready.error().within("make the sandbox's namespaces"));
    std::vector<SharedNamespace> namespaces;
    RDT_TRY(auto opened_ipc, std::move(ipc));
    RDT_TRY(auto opened_uts, std::move(uts));
    namespaces.push_back(std::move(opened_ipc));
    namespaces.push_back(std::move(opened_uts));
    return namespaces;
}

Result<SharedNamespace> open_pid_namespace(pid_t pid) {
    return open_namespace(pid, CLONE_NEWPID, "pid");
}

} // namespace redoubt::guest::oci_runtime
