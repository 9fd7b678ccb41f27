// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>

#include "common/async/event.hpp"
#include "common/base/file.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr int k_cannot_execute = 127;
constexpr std::uint64_t k_most_output = 8U << 20U;
constexpr int k_first_free = 3;

/// Only returns when it cannot.
void become(const std::vector<char*>& arguments, const std::array<int, 3>& streams, ChildSession session) {
    // Copies above the places first: a stream may stand where another one is to be.
    std::array<int, 3> kept{};
    for (std::size_t i = 0; i < kept.size(); ++i) {
        kept.at(i) = ::fcntl(streams.at(i), F_DUPFD_CLOEXEC, k_first_free);
        if (kept.at(i) < 0) return;
    }
    for (std::size_t i = 0; i < kept.size(); ++i)
        if (::dup2(kept.at(i), static_cast<int>(i)) < 0) return;
    if (session == ChildSession::terminal && (::setsid() < 0 || ::ioctl(0, TIOCSCTTY, 0) != 0)) return;
    ::syscall(SYS_close_range, k_first_free, ~0U, CLOSE_RANGE_CLOEXEC);
    std::signal(SIGPIPE, SIG_DFL); // NOLINT(cert-err33-c): cannot fail for a signal that is one
    std::array path = std::to_array("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    std::array<char*, 2> environment{path.data(), nullptr};
    ::execve(arguments.front(), arguments.data(), environment.data());
}

Result<UniqueFd> make_memory_file(const char* name, const std::string& content) {
    UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
    if (!file) return fail_errno(errno, "make a file in memory");
    RDT_CHECK(write_all(file.get(), content));
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail_errno(errno, "rewind a file in memory");
    return file;
}

std::string content_of(const UniqueFd& file) {
    return read_file("/proc/self/fd/" + std::to_string(file.get()), k_most_output).value_or("");
}

} // namespace

Result<pid_t> spawn_child(const std::vector<std::string>& arguments, const ChildStreams& streams,
                          ChildSession session) {
    RDT_TRY(const auto null, open_file("/dev/null", O_RDWR));
    const auto chosen = [&null](int fd) { return fd < 0 ? null.get() : fd; };
    const std::array open{chosen(streams.input), chosen(streams.output), chosen(streams.error)};
    auto words = arguments;
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return fail_errno(errno, "start {}", arguments.front());
    if (child > 0) return child;
    become(pointers, open, session);
    ::_exit(k_cannot_execute);
}

asio::awaitable<int> wait_for_child(process::ChildReaper& reaper, pid_t child) {
    struct End {
        explicit End(const asio::any_io_executor& executor) : happened(executor) {}
        AsyncEvent happened;
        int status = 0;
    };
    // Shared with the reaper, which may be told after this coroutine is gone with its context.
    auto end = std::make_shared<End>(co_await asio::this_coro::executor);
    reaper.watch(child, [end](int status) {
        end->status = status;
        end->happened.set();
    });
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!end->happened.is_set()) co_await end->happened.wait();
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return end->status;
}

Task<ProgramOutcome> run_program(process::ChildReaper& reaper, std::vector<std::string> arguments,
                                 std::string input) {
    RDT_CO_TRY(const auto given, make_memory_file("input", input));
    RDT_CO_TRY(const auto output, make_memory_file("output", {}));
    RDT_CO_TRY(const auto error, make_memory_file("error", {}));
    RDT_CO_TRY(const pid_t child, spawn_child(arguments, {given.get(), output.get(), error.get()}));
    ProgramOutcome outcome;
    outcome.status = co_await wait_for_child(reaper, child);
    outcome.output = content_of(output);
    outcome.error = content_of(error);
    co_return outcome;
}

} // namespace redoubt::node::runtime
