// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/peer_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <utility>

#include "common/base/safe_open.hpp"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

namespace redoubt::services::simtee {
namespace {

constexpr std::size_t k_max_proc_file =
    4U << 20U; // arguments and environment together are limited by the kernel
constexpr std::size_t k_start_field = 22;

std::chrono::nanoseconds nanoseconds_of(const timespec& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

Result<std::chrono::nanoseconds> read_clock(clockid_t clock) {
    timespec now{};
    if (::clock_gettime(clock, &now) != 0) return fail_errno(errno, "read a clock");
    return nanoseconds_of(now);
}

template <class T>
Result<T> read_number(std::string_view text, std::string_view what) {
    T number{};
    const auto* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc() || last != end)
        return fail(Code::invalid_argument, "{}: '{}' is not a number", what, text.substr(0, 40));
    return number;
}

} // namespace

Result<FileIdentity> identify(int fd) {
    struct stat found{};
    if (::fstat(fd, &found) != 0) return fail_errno(errno, "look at a file");
    if (!S_ISREG(found.st_mode)) return fail(Code::invalid_argument, "not a regular file");
    return FileIdentity{found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size),
                        FileTime(nanoseconds_of(found.st_ctim))};
}

Result<ProgramIdentity> identify_program(const std::filesystem::path& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return fail_errno(errno, "look at {}", path.native());
    const bool is_ours = found.st_uid == 0 || found.st_uid == ::geteuid();
    if (!is_ours || (found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(Code::permission_denied, "{}: others may write it", path.native());
    return ProgramIdentity{found.st_dev, found.st_ino};
}

std::vector<std::string> split_at_nul(std::string_view text) {
    std::vector<std::string> pieces;
    while (!text.empty()) {
        const auto end = std::min(text.find('\0'), text.size());
        pieces.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return pieces;
}

Result<std::uint64_t> parse_start_ticks(std::string_view stat) {
    const auto name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) return fail(Code::invalid_argument, "stat: no name in it");
    auto rest = stat.substr(name_end + 1);
    // The name is field 2; each further one has a space before it.
    std::string_view field;
    for (std::size_t number = 3; number <= k_start_field; ++number) {
        if (!rest.starts_with(' ')) return fail(Code::invalid_argument, "stat: {} fields", number - 1);
        rest.remove_prefix(1);
        field = rest.substr(0, rest.find(' '));
        rest.remove_prefix(field.size());
    }
    return read_number<std::uint64_t>(field, "stat: start time");
}

Result<pid_t> parse_tracer(std::string_view status) {
    constexpr std::string_view k_name = "\nTracerPid:\t";
    const auto at = status.find(k_name);
    if (at == std::string_view::npos) return fail(Code::invalid_argument, "status: no TracerPid");
    const auto rest = status.substr(at + k_name.size());
    return read_number<pid_t>(rest.substr(0, rest.find('\n')), "status: TracerPid");
}

int descriptor_in(std::string_view path) {
    for (const std::string_view prefix : {"/proc/self/fd/", "/dev/fd/"}) {
        if (!path.starts_with(prefix)) continue;
        const auto number = read_number<int>(path.substr(prefix.size()), "descriptor");
        return number && *number >= 0 ? *number : -1;
    }
    return -1;
}

Result<PeerProcess> PeerProcess::of(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return fail_errno(errno, "ask who connected");
    int handle = -1;
    size = sizeof handle;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &handle, &size) != 0)
        return fail_errno(errno, "ask for a handle of process {}", peer.pid);
    UniqueFd owned(handle);
    UniqueFd folder(::open(std::format("/proc/{}", peer.pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return fail_errno(errno, "look at process {}", peer.pid);
    PeerProcess process(std::move(owned), std::move(folder), peer.pid, peer.uid);
    // It lives after its folder was opened by number, so the number was still its own.
    RDT_CHECK(process.check_alive());
    return process;
}

Status PeerProcess::check_alive() const {
    pollfd ended{.fd = handle_.get(), .events = POLLIN, .revents = 0}; // readable once it has
    const int count = ::poll(&ended, 1, 0);
    if (count < 0) return fail_errno(errno, "ask whether process {} lives", pid_);
    if (count > 0) return fail(Code::not_found, "process {} has ended", pid_);
    return {};
}

Result<std::string> PeerProcess::read(const char* name) const {
    const UniqueFd fd(::openat(folder_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "open {} of process {}", name, pid_);
    std::string text;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read {} of process {}", name, pid_);
        if (count == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > k_max_proc_file)
            return fail(Code::resource_exhausted, "{} of process {} is too large", name, pid_);
    }
}

Result<ProcessView> PeerProcess::look() const {
    RDT_CHECK(check_alive());
    ProcessView view;
    RDT_TRY(const auto arguments, read("cmdline"));
    RDT_TRY(const auto environment, read("environ"));
    RDT_TRY(const auto stat, read("stat"));
    RDT_TRY(const auto status, read("status"));
    view.arguments = split_at_nul(arguments);
    view.environment = split_at_nul(environment);
    RDT_TRY(view.start_ticks, parse_start_ticks(stat));
    RDT_TRY(view.tracer, parse_tracer(status));
    struct stat program{};
    if (::fstatat(folder_.get(), "exe", &program, 0) != 0)
        return fail_errno(errno, "look at the program of process {}", pid_);
    view.program = {program.st_dev, program.st_ino};
    return view;
}

Result<FileTime> PeerProcess::started_at(std::uint64_t start_ticks) {
    const auto per_second = ::sysconf(_SC_CLK_TCK);
    if (per_second <= 0) return fail_errno(errno, "ask for the clock's ticks");
    RDT_TRY(const auto since_boot, read_clock(CLOCK_BOOTTIME));
    RDT_TRY(const auto now, read_clock(CLOCK_REALTIME));
    const auto ticks = static_cast<std::int64_t>(start_ticks);
    const std::chrono::nanoseconds start =
        std::chrono::seconds(ticks / per_second) +
        std::chrono::nanoseconds(1'000'000'000 / per_second) * (ticks % per_second);
    return FileTime(now - since_boot + start);
}

Result<UniqueFd> PeerProcess::open(std::string_view path) const {
    constexpr int k_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY; // not to wait for a pipe's writer
    if (const int number = descriptor_in(path); number >= 0) {
        UniqueFd fd(::openat(folder_.get(), std::format("fd/{}", number).c_str(), k_flags));
        if (!fd) return fail_errno(errno, "open descriptor {} of process {}", number, pid_);
        return fd;
    }
    if (!path.starts_with('/'))
        return fail(Code::invalid_argument, "'{}' is not an absolute path", path.substr(0, 200));
    const UniqueFd root(::openat(folder_.get(), "root", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return fail_errno(errno, "open the root of process {}", pid_);
    return open_beneath(root.get(), path, k_flags).transform_error(context("open {}", path.substr(0, 200)));
}

} // namespace redoubt::services::simtee
