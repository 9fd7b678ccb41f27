// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "common/base/file.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

constexpr int k_first_descriptor = 3;
// Above any number a VM's descriptors are moved to, so that moving one never overwrites another that is still
// needed.
constexpr int k_parking_place = 200;

/// What the child tells its parent when it cannot become the program.
struct ChildFailure {
    std::array<char, 40> step{};
    int error_number = 0;
};

/// Everything the child needs, made before fork: between fork and exec only system calls are allowed, as
/// other threads of the daemon may hold locks (the allocator's, for one).
struct ChildPlan {
    std::vector<char*> argv;
    std::vector<char*> environment;
    std::vector<int> descriptors;
    std::optional<OwnRoot> root;
    const char* working_directory = nullptr;
    std::optional<Identity> run_as;
    int null_fd = -1;
    int output_fd = -1;
    int report_fd = -1;
};

[[noreturn]] void give_up(int report_fd, const char* step) {
    ChildFailure failure{.error_number = errno};
    for (std::size_t i = 0; step[i] != 0 && i + 1 < failure.step.size(); ++i) failure.step[i] = step[i];
    [[maybe_unused]] const auto written = ::write(report_fd, &failure, sizeof failure);
    ::_exit(127);
}

/// Puts the descriptors at 0, 1, 2, 3... and closes all others but the report pipe, which closes itself on
/// exec.
int place_descriptors(ChildPlan& plan) {
    const auto park = [&](int fd) {
        const int parked = ::fcntl(fd, F_DUPFD_CLOEXEC, k_parking_place);
        if (parked < 0) give_up(plan.report_fd, "keep a descriptor");
        return parked;
    };
    const int report = park(plan.report_fd);
    const int null = park(plan.null_fd);
    const int output = park(plan.output_fd);
    for (int& fd : plan.descriptors) fd = park(fd);

    const auto place = [&](int fd, int number) {
        if (::dup2(fd, number) < 0) give_up(report, "place a descriptor");
    };
    place(null, STDIN_FILENO);
    place(output, STDOUT_FILENO);
    place(output, STDERR_FILENO);
    int next = k_first_descriptor;
    for (const int fd : plan.descriptors) place(fd, next++);

    const auto close = [](int first, int last) {
        if (first <= last) ::syscall(SYS_close_range, first, last, 0);
    };
    close(next, report - 1);
    ::syscall(SYS_close_range, report + 1, ~0U, 0);
    return report;
}

/// Leaves the program with an account, but no power beyond it.
void drop_privileges(const ChildPlan& plan, int report) {
    const bool is_root = ::syscall(SYS_geteuid) == 0;
    if (is_root) {
        for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
            if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) give_up(report, "drop capabilities");
    }
    if (plan.run_as) {
        // Raw system calls: glibc's wrappers coordinate with threads that do not exist in this child.
        const auto [user, group] = *plan.run_as;
        if (::syscall(SYS_setgroups, 0, nullptr) != 0) give_up(report, "leave groups");
        if (::syscall(SYS_setresgid, group, group, group) != 0) give_up(report, "change group");
        if (::syscall(SYS_setresuid, user, user, user) != 0) give_up(report, "change user");
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(report, "set no-new-privileges");
}

/// What a VM never needs, so that a hostile one cannot have it.
void limit_resources(int report) {
    constexpr rlim_t k_descriptors = 4096; // a disk is one, and there are 255 places for disks
    const std::array<std::pair<__rlimit_resource, rlim_t>, 6> limits{{{RLIMIT_CORE, 0},
                                                                      {RLIMIT_MEMLOCK, 0},
                                                                      {RLIMIT_MSGQUEUE, 0},
                                                                      {RLIMIT_NICE, 0},
                                                                      {RLIMIT_RTPRIO, 0},
                                                                      {RLIMIT_NOFILE, k_descriptors}}};
    for (const auto& [resource, most] : limits) {
        rlimit limit{};
        if (::getrlimit(resource, &limit) != 0) give_up(report, "read its limits");
        limit.rlim_max = std::min(limit.rlim_max, most);
        limit.rlim_cur = limit.rlim_max;
        if (::setrlimit(resource, &limit) != 0) give_up(report, "limit resources");
    }
}

/// fork(2), and new namespaces with it. A raw call, as no function of the C library makes a child that is the
/// first process of a namespace and returns like fork.
pid_t start_child(Isolation isolation) {
    if (isolation == Isolation::none) return ::fork();
    return static_cast<pid_t>(
        ::syscall(SYS_clone, namespace_flags(isolation) | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

[[noreturn]] void become_program(ChildPlan& plan) {
    const int report = place_descriptors(plan);
    if (::setsid() < 0) give_up(report, "start a session");
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGCHLD, SIGHUP, SIGINT, SIGTERM}) ::signal(number, SIG_DFL);
    if (plan.root) {
        ::umask(022); // what its root is made of is for the program's account, not for the daemon's
        if (const auto* failed = plan.root->enter()) give_up(report, failed);
    } else if (::chdir(plan.working_directory) != 0) {
        give_up(report, "enter its folder");
    }
    limit_resources(report);
    ::umask(077);
    drop_privileges(plan, report);
    ::execve(plan.argv.front(), plan.argv.data(), plan.environment.data());
    give_up(report, "execute");
}

Result<std::string> read_start_time(pid_t pid) {
    auto stat = read_file(std::filesystem::path("/proc") / std::to_string(pid) / "stat");
    if (!stat) return fail(Code::not_found, "process {} has ended", pid);
    // The command name, field 2, is in parentheses and may contain anything; field 3 follows the last
    // parenthesis.
    const auto name_end = stat->rfind(')');
    if (name_end == std::string::npos) return fail(Code::internal, "process {}: unreadable stat", pid);
    std::istringstream fields(stat->substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) {
        fields >> field;
        if (number == 3 && (field == "Z" || field == "X"))
            return fail(Code::not_found, "process {} has ended", pid);
    }
    return field;
}

UniqueFd open_pidfd(pid_t pid) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// Empty when the child has become the program.
std::optional<ChildFailure> read_report(int fd) {
    ChildFailure failure;
    ssize_t count = 0;
    do count = ::read(fd, &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    if (count == static_cast<ssize_t>(sizeof failure)) return failure;
    return std::nullopt;
}

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "make a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

} // namespace

Result<Identity> find_identity(const std::string& user_name) {
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    ::getpwnam_r(user_name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) return fail(Code::not_found, "no user '{}' on this host", user_name);
    return Identity{found->pw_uid, found->pw_gid};
}

Result<Spawned> spawn(const SpawnRequest& request) {
    auto arguments = request.arguments;
    auto environment = request.environment;
    environment.emplace_back("PATH=/usr/sbin:/usr/bin:/bin");
    ChildPlan plan;
    for (auto& word : environment) plan.environment.push_back(word.data());
    plan.environment.push_back(nullptr);
    if (request.isolation != Isolation::none) plan.root.emplace(arguments.front(), request.shown);
    for (auto& argument : arguments) plan.argv.push_back(argument.data());
    plan.argv.push_back(nullptr);
    plan.descriptors = request.descriptors;
    plan.working_directory = request.working_directory.c_str();
    plan.run_as = request.run_as;

    RDT_TRY(auto null, open_file("/dev/null", O_RDONLY));
    RDT_TRY(auto output, make_pipe());
    RDT_TRY(auto report, make_pipe());
    plan.null_fd = null.get();
    plan.output_fd = output.write_end.get();
    plan.report_fd = report.write_end.get();

    const pid_t pid = start_child(request.isolation);
    if (pid < 0) return fail_errno(errno, "start {}", arguments.front());
    if (pid == 0) become_program(plan);
    report.write_end.reset();
    output.write_end.reset();
    if (const auto failure = read_report(report.read_end.get())) {
        ::waitpid(pid, nullptr, 0);
        return fail_errno(failure->error_number, "{} {}", failure->step.data(), arguments.front());
    }

    // Nobody has waited for the child yet, so even if it has ended the pid is still its own.
    Spawned spawned{.process = {.pid = pid, .start_time = {}, .pidfd = open_pidfd(pid)},
                    .output = std::move(output.read_end)};
    if (!spawned.process.pidfd) {
        const int number = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return fail_errno(number, "watch {}", arguments.front());
    }
    // A program that has ended already is reported by its pidfd; it only has no start time any more.
    spawned.process.start_time = read_start_time(pid).value_or("");
    return spawned;
}

Result<ProcessHandle> open_process(pid_t pid, const std::string& start_time) {
    // Handle first, then look: the answer below is about the process the handle holds, whatever happens to
    // the pid.
    auto pidfd = open_pidfd(pid);
    if (!pidfd) return fail(Code::not_found, "process {} has ended", pid);
    RDT_TRY(auto now, read_start_time(pid));
    if (now != start_time) return fail(Code::not_found, "process {} is another one now", pid);
    return ProcessHandle{.pid = pid, .start_time = std::move(now), .pidfd = std::move(pidfd)};
}

ExitStatus reap(int pidfd) {
    siginfo_t info{};
    int result = 0;
    do result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED);
    while (result != 0 && errno == EINTR);
    if (result != 0) return {};
    if (info.si_code == CLD_EXITED) return {.code = info.si_status, .signal = {}};
    return {.code = {}, .signal = info.si_status};
}

Status kill_process(int pidfd) {
    if (::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) == 0 || errno == ESRCH) return {};
    return fail_errno(errno, "kill process");
}

} // namespace redoubt::node::hypervisor::qemu
