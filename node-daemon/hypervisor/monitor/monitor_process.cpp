// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/monitor/monitor_process.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <format>
#include <sstream>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"

namespace redoubt::node::hypervisor::monitor {
namespace {

constexpr int k_listener = 3;
constexpr int k_first_free = 4;
// Above the places descriptors are moved to, so that moving one never overwrites another.
constexpr int k_parking_place = 100;

/// What the child needs, made before it is: between clone and exec only system calls are allowed, as other
/// threads of the daemon may hold locks.
struct ChildPlan {
    std::vector<char*> argv;
    int null = -1;
    int output = -1;
    int listener = -1;
    int report = -1; ///< closes when the program has been executed; else gets the error's number
};

[[noreturn]] void give_up(int report) {
    const int number = errno;
    [[maybe_unused]] const auto written = ::write(report, &number, sizeof number);
    ::_exit(127);
}

[[noreturn]] void become_monitor(const ChildPlan& plan) {
    std::array parked{plan.report, plan.null, plan.output, plan.output, plan.listener};
    for (int& fd : parked) {
        fd = ::fcntl(fd, F_DUPFD_CLOEXEC, k_parking_place);
        if (fd < 0) give_up(plan.report);
    }
    const int report = parked.front();
    for (int place = 0; place <= k_listener; ++place)
        if (::dup2(parked.at(static_cast<std::size_t>(place) + 1), place) < 0) give_up(report);
    ::syscall(SYS_close_range, k_first_free, report - 1, 0);
    ::syscall(SYS_close_range, report + 1, ~0U, 0);
    if (::setsid() < 0 || ::chdir("/") != 0) give_up(report);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGCHLD, SIGHUP, SIGINT, SIGTERM}) ::signal(number, SIG_DFL);
    static std::array path = std::to_array("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    std::array<char*, 2> environment{path.data(), nullptr};
    ::execve(plan.argv.front(), plan.argv.data(), environment.data());
    give_up(report);
}

Result<std::string> read_start_time(pid_t pid) {
    const auto stat = read_file(std::format("/proc/{}/stat", pid));
    const auto name_end = stat ? stat->rfind(')') : std::string::npos;
    if (name_end == std::string::npos) return fail(Code::not_found, "process {} has ended", pid);
    std::istringstream fields(stat->substr(name_end + 1));
    std::string field;
    for (int number = 3; number <= 22; ++number) {
        fields >> field;
        if (number == 3 && (field == "Z" || field == "X"))
            return fail(Code::not_found, "process {} has ended", pid);
    }
    return field;
}

UniqueFd open_handle(pid_t pid) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// As fork(2), into new namespaces; gives the child's handle.
std::pair<pid_t, UniqueFd> clone_into_namespaces() {
    int handle = -1;
    clone_args arguments{};
    arguments.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<__u64>(&handle); // NOLINT: the kernel's form of a pointer
    arguments.exit_signal = SIGCHLD;
    const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    return {pid, UniqueFd(pid > 0 ? handle : -1)};
}

bool is_monitor_of(pid_t pid, const std::string& sandbox) {
    const auto arguments = read_file(std::format("/proc/{}/cmdline", pid));
    if (!arguments) return false;
    const auto program = arguments->substr(0, arguments->find('\0'));
    return program.ends_with("redoubt-monitor") &&
           arguments->substr(program.size()).starts_with(std::string(1, '\0') + sandbox + '\0');
}

/// A cgroup and those in it, deepest first; what has processes stays.
void remove_cgroup(const std::filesystem::path& group) {
    std::error_code error;
    std::vector<std::filesystem::path> folders{group};
    for (std::filesystem::recursive_directory_iterator entry(group, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->is_directory(error)) folders.push_back(entry->path());
    std::ranges::sort(folders, std::ranges::greater());
    for (const auto& folder : folders) ::rmdir(folder.c_str());
}

/// Where cgroups of that name are: in the one hierarchy of version 2, or in each of version 1.
std::vector<std::filesystem::path> find_cgroups(const std::string& cgroup,
                                                const std::filesystem::path& root) {
    const auto place = std::filesystem::path(cgroup).relative_path();
    std::vector<std::filesystem::path> groups{root / place};
    std::error_code error;
    for (std::filesystem::directory_iterator entry(root, error), end; !error && entry != end;
         entry.increment(error))
        groups.push_back(entry->path() / place);
    std::erase_if(groups, [](const auto& group) {
        std::error_code ignored;
        return !std::filesystem::is_directory(group, ignored);
    });
    return groups;
}

} // namespace

Result<MonitorProcess> start_monitor(const MonitorStart& start) {
    auto words = start.arguments;
    ChildPlan plan;
    for (auto& word : words) plan.argv.push_back(word.data());
    plan.argv.push_back(nullptr);
    RDT_TRY(const auto null, open_file("/dev/null", O_RDONLY));
    RDT_TRY(const auto output, open_file(start.output, O_WRONLY | O_CREAT | O_APPEND, 0600));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "make a pipe");
    const UniqueFd report(ends[0]);
    UniqueFd report_end(ends[1]);
    plan.null = null.get();
    plan.output = output.get();
    plan.listener = start.listener;
    plan.report = report_end.get();
    auto [pid, handle] = clone_into_namespaces();
    if (pid < 0) return fail_errno(errno, "make the namespaces of a container's monitor");
    if (pid == 0) become_monitor(plan);
    report_end.reset();
    int number = 0;
    if (::read(report.get(), &number, sizeof number) == static_cast<ssize_t>(sizeof number)) {
        ::waitpid(pid, nullptr, 0);
        return fail_errno(number, "execute {}", start.arguments.front());
    }
    // Nobody has waited for it yet: even if it has ended the pid is its own.
    return MonitorProcess{
        .pid = pid, .start_time = read_start_time(pid).value_or(""), .handle = std::move(handle)};
}

Result<MonitorProcess> open_monitor(pid_t pid, const std::string& start_time) {
    auto handle = open_handle(pid); // first, then look: whatever happens to the pid
    if (!handle) return fail(Code::not_found, "process {} has ended", pid);
    RDT_TRY(auto now, read_start_time(pid));
    if (now != start_time) return fail(Code::not_found, "process {} is another one now", pid);
    return MonitorProcess{.pid = pid, .start_time = std::move(now), .handle = std::move(handle)};
}

std::size_t kill_monitors(const std::string& sandbox) {
    std::size_t found = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const auto name = entry.path().filename().native();
        pid_t pid = 0;
        const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failure != std::errc() || end != name.data() + name.size()) continue;
        const auto handle = open_handle(pid);
        if (!handle || !is_monitor_of(pid, sandbox)) continue;
        ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
        ++found;
    }
    return found;
}

Status kill_monitor(const MonitorProcess& process) {
    if (::syscall(SYS_pidfd_send_signal, process.handle.get(), SIGKILL, nullptr, 0) == 0 || errno == ESRCH)
        return {};
    return fail_errno(errno, "kill monitor {}", process.pid);
}

std::string collect_monitor(const MonitorProcess& process) {
    siginfo_t info{};
    int result = 0;
    do result = ::waitid(P_PIDFD, static_cast<id_t>(process.handle.get()), &info, WEXITED);
    while (result != 0 && errno == EINTR);
    if (result != 0) return {};
    if (info.si_code == CLD_EXITED) return std::format("exited with {}", info.si_status);
    return std::format("killed by signal {}", info.si_status);
}

void thaw_cgroups(const std::string& cgroup, const std::filesystem::path& root) {
    for (const auto& group : find_cgroups(cgroup, root)) {
        std::ignore = write_existing(group / "freezer.state", "THAWED");
        std::ignore = write_existing(group / "cgroup.freeze", "0");
    }
}

bool remove_cgroups(const std::string& cgroup, const std::filesystem::path& root) {
    for (const auto& group : find_cgroups(cgroup, root)) remove_cgroup(group);
    return find_cgroups(cgroup, root).empty();
}

} // namespace redoubt::node::hypervisor::monitor
