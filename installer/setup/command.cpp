// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/base/unique_fd.hpp"

namespace redoubt::installer {
namespace {

constexpr std::size_t k_max_output = 1U << 20U;

Result<std::string> read_to_end(int fd, const std::string& program) {
    std::string text;
    std::array<char, 4096> piece{};
    while (true) {
        const auto count = ::read(fd, piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read what {} says", program);
        if (count == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
        if (text.size() > k_max_output)
            return fail(Code::resource_exhausted, "{} says more than 1 MiB", program);
    }
}

Result<pid_t> start(const std::vector<std::string>& words, int output) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (const auto& word : words)
        argv.push_back(const_cast<char*>(word.c_str())); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, argv.front(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return fail_errno(error, "start {}", words.front());
    return pid;
}

Status wait_for(pid_t pid, const std::string& program) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return fail_errno(errno, "wait for {}", program);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail(Code::failed_precondition, "{} ended with {}", program,
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

} // namespace

Result<std::string> run_command(const std::vector<std::string>& words) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "make a pipe");
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    RDT_TRY(const auto pid, start(words, writing.get()));
    writing.reset();
    auto text = read_to_end(reading.get(), words.front());
    RDT_CHECK(wait_for(pid, words.front()));
    return text;
}

} // namespace redoubt::installer
