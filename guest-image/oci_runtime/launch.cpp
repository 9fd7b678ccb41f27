// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/launch.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <format>
#include <functional>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"
#include "guest-image/oci_runtime/rootfs.hpp"
#include "guest-image/oci_runtime/terminal.hpp"

namespace redoubt::guest::oci_runtime {

namespace {

/// Handlers and masks of the agent must not reach the container, nor may one of them run in its child.
void reset_signals() {
    for (int number = 1; number < NSIG; ++number) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        struct sigaction action{};
        action.sa_handler = SIG_DFL;
        ::sigaction(number, &action, nullptr);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Keeps signals away from the child until it has dropped the agent's handlers.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

/// Children of this process are born in another PID namespace while this lives.
class ChildrenIn {
  public:
    [[nodiscard]] static Result<ChildrenIn> enter(int ns) {
        ChildrenIn guard;
        if (ns < 0) return guard;
        RDT_TRY(guard.own_, open_file("/proc/self/ns/pid", O_RDONLY));
        if (::setns(ns, CLONE_NEWPID) != 0)
            return fail(Code::failed_precondition, "the container is not running: {}", text_of_errno(errno));
        guard.is_away_ = true;
        return guard;
    }
    ChildrenIn(ChildrenIn&& other) noexcept
        : own_(std::move(other.own_)), is_away_(std::exchange(other.is_away_, false)) {}
    ChildrenIn& operator=(ChildrenIn&&) = delete;
    ChildrenIn(const ChildrenIn&) = delete;
    ChildrenIn& operator=(const ChildrenIn&) = delete;
    ~ChildrenIn() {
        // Going back always works; if it did not, the next container would be born in this one's namespace.
        if (is_away_ && ::setns(own_.get(), CLONE_NEWPID) != 0) std::abort();
    }

  private:
    ChildrenIn() = default;
    UniqueFd own_;
    bool is_away_ = false;
};

using ChildBody = std::move_only_function<Error(const ChildChannel&)>;

Result<Launch> clone_child(int flags, int cgroup, std::int64_t oom_score, ChildBody body) {
    RDT_TRY(auto ends, make_channel());
    int pidfd = -1;
    clone_args arguments{};
    arguments.flags = static_cast<unsigned>(flags) | static_cast<unsigned>(CLONE_PIDFD);
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd); // NOLINT: the system call's own shape
    arguments.exit_signal = SIGCHLD;
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<unsigned>(cgroup);
    }
    const SignalsBlocked blocked;
    const auto pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return fail_errno(errno, "make a process");
    if (pid == 0) {
        reset_signals();
        const ChildChannel channel(ends.second.get());
        channel.send_error(body(channel));
        ::_exit(1);
    }
    // The agent's own score, which spares it, would leave a group that is full from the start without anybody
    // to end: the child would wait for memory for ever before it sets its score itself, which tells of
    // errors.
    [[maybe_unused]] const auto spared_no_more =
        write_existing(std::format("/proc/{}/oom_score_adj", pid), std::to_string(oom_score));
    return Launch{static_cast<pid_t>(pid), UniqueFd(pidfd), std::move(ends.first)};
}

/// Names like "net.core.somaxconn"; a slash inside a part may stand for a dot, as in sysctl(8).
Status write_sysctls(const std::map<std::string, std::string>& settings) {
    for (const auto& [name, value] : settings) {
        if (name.contains("..") || name.starts_with('/'))
            return fail(Code::invalid_argument, "sysctl '{}': not a valid name", name);
        std::string path = name;
        if (!path.contains('/')) std::ranges::replace(path, '.', '/');
        RDT_CHECK(write_existing("/proc/sys/" + path, value).transform_error(context("sysctl {}", name)));
    }
    return {};
}

Status join_namespaces(const std::vector<const SharedNamespace*>& joined) {
    for (const auto* shared : joined) {
        if (shared->flag == CLONE_NEWPID) continue; // entered by the agent around the clone
        if (::setns(shared->fd.get(), shared->flag) != 0) return fail_errno(errno, "join a shared namespace");
    }
    return {};
}

Status set_host_name(const std::string& name) {
    if (name.empty()) return {};
    if (::sethostname(name.data(), name.size()) != 0) return fail_errno(errno, "set host name '{}'", name);
    return {};
}

struct Streams {
    UniqueFd terminal; ///< the master to hand over
};

Result<Streams> set_up_streams(int root, const oci::Process& process, const StandardStreams& streams,
                               bool is_init) {
    if (!process.terminal) {
        RDT_CHECK(connect_streams(streams));
        return Streams{};
    }
    RDT_TRY(auto terminal, open_terminal(root, process.console_size));
    if (is_init) RDT_CHECK(bind_console(root, terminal.slave.get()));
    RDT_CHECK(adopt_terminal(terminal.slave.get()));
    return Streams{std::move(terminal.master)};
}

/// A network namespace of its own begins with a loopback interface that is down; runc puts it up.
Status raise_loopback() {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP;
    if (!socket || ::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
        return fail_errno(errno, "put the loopback interface up");
    return {};
}

/// Everything up to the container's root folder. Returns the terminal to hand over, if there is one.
Result<Streams> set_up_container(const InitPlan& plan, int new_flags) {
    const auto& spec = plan.spec;
    if (::setsid() < 0) return fail_errno(errno, "start a session");
    ::umask(0);
    RDT_CHECK(set_up_early(spec.process));
    RDT_CHECK(join_namespaces(plan.joined));
    // After the move into the container's cgroup, so that it sees itself as the root of the tree.
    if (plan.cgroup >= 0 && ::unshare(CLONE_NEWCGROUP) != 0)
        return fail_errno(errno, "make a cgroup namespace");
    if ((new_flags & CLONE_NEWUTS) != 0) RDT_CHECK(set_host_name(spec.hostname));
    if ((new_flags & CLONE_NEWNET) != 0) RDT_CHECK(raise_loopback());
    RDT_TRY(const auto root, open_rootfs(plan.rootfs));
    RDT_CHECK(make_mounts(root.get(), spec, plan.bind_sources));
    RDT_CHECK(make_devices(root.get(), spec));
    RDT_CHECK(make_working_folder(root.get(), spec.process.cwd));
    RDT_TRY(auto streams, set_up_streams(root.get(), spec.process, plan.streams, /*is_init=*/true));
    RDT_CHECK(write_sysctls(spec.linux_part.sysctl));
    RDT_CHECK(protect_paths(root.get(), spec));
    RDT_CHECK(enter_rootfs(root.get(), spec.linux_part.rootfs_propagation));
    return streams;
}

Result<Streams> enter_container(const ExecPlan& plan) {
    if (::setsid() < 0) return fail_errno(errno, "start a session");
    ::umask(0);
    RDT_CHECK(set_up_early(plan.process));
    // Until exec our memory and /proc entries are the agent's: nobody in the container may look into them.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_errno(errno, "hide from the container");
    constexpr int k_all = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
    if (::setns(plan.init_pidfd, k_all) != 0)
        return fail(Code::failed_precondition, "enter the container: {}", text_of_errno(errno));
    RDT_TRY(const auto root, open_file("/", O_PATH | O_DIRECTORY));
    return set_up_streams(root.get(), plan.process, plan.streams, /*is_init=*/false);
}

/// The codes of "no such command" and "not executable" belong to the command alone.
Error as_setup_failure(Error error) {
    if (error.code == Code::not_found || error.code == Code::permission_denied) error.code = Code::internal;
    return error;
}

} // namespace

Result<Launch> launch_view(int init_pidfd, const std::string& path) {
    const auto show = [&](const ChildChannel& channel) -> Status {
        if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_errno(errno, "hide from the container");
        if (::setns(init_pidfd, CLONE_NEWNS) != 0)
            return fail(Code::failed_precondition, "enter the container: {}", text_of_errno(errno));
        RDT_TRY(const auto root, open_file("/", O_PATH | O_DIRECTORY));
        RDT_TRY(const auto place, open_in_root(root.get(), path, O_PATH));
        RDT_TRY(const auto view, clone_mount(place.get(), {.bind = BindKind::recursive}));
        return channel.send_ready(view.get());
    };
    return clone_child(0, -1, 0, [&](const ChildChannel& channel) {
        if (auto shown = show(channel); !shown) return shown.error();
        ::_exit(0);
    });
}

Result<Launch> launch_init(InitPlan plan) {
    RDT_TRY(int flags, namespace_flags(plan.spec.linux_part.namespaces));
    flags |= CLONE_NEWNS; // a container without its own mounts would change the guest's
    flags &= ~CLONE_NEWCGROUP;
    int pid_namespace = -1;
    for (const auto* shared : plan.joined) {
        flags &= ~shared->flag;
        if (shared->flag == CLONE_NEWPID) pid_namespace = shared->fd.get();
    }
    RDT_TRY(const auto guard, ChildrenIn::enter(pid_namespace));
    const auto score = plan.spec.process.oom_score_adj.value_or(0);
    return clone_child(flags, plan.cgroup, score, [&plan, flags](const ChildChannel& channel) {
        auto streams = set_up_container(plan, flags);
        if (!streams) return as_setup_failure(streams.error());
        const auto& seccomp = plan.spec.linux_part.seccomp;
        return become(plan.spec.process, seccomp ? &*seccomp : nullptr, channel, streams->terminal.get());
    });
}

Result<Launch> launch_exec(ExecPlan plan) {
    auto pid_namespace = open_pid_namespace(plan.init_pid);
    if (!pid_namespace) return fail(Code::failed_precondition, "the container is not running");
    RDT_TRY(const auto guard, ChildrenIn::enter(pid_namespace->fd.get()));
    const auto score = plan.process.oom_score_adj.value_or(0);
    return clone_child(0, plan.cgroup, score, [&plan](const ChildChannel& channel) {
        auto streams = enter_container(plan);
        if (!streams) return as_setup_failure(streams.error());
        return become(plan.process, plan.seccomp, channel, streams->terminal.get());
    });
}

} // namespace redoubt::guest::oci_runtime
