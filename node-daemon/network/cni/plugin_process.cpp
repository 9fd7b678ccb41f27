// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/plugin_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr std::size_t k_most_output = 1U << 20U;
constexpr std::size_t k_most_errors = 4096;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "make a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A file in memory: a plugin that does not read its input blocks nobody.
Result<UniqueFd> make_input(const std::string& text) {
    UniqueFd fd(::memfd_create("cni-input", MFD_CLOEXEC));
    if (!fd) return fail_errno(errno, "make a file in memory");
    RDT_CHECK(write_all(fd.get(), text));
    if (::lseek(fd.get(), 0, SEEK_SET) != 0) return fail_errno(errno, "rewind a file in memory");
    return fd;
}

std::vector<char*> pointers_of(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const auto& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str())); // execve's C interface
    pointers.push_back(nullptr);
    return pointers;
}

/// posix_spawn's settings, freed at the end.
struct SpawnSettings {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};

    SpawnSettings(int input, int output, int errors) {
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setpgroup(&attributes, 0);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes,
                                 POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    SpawnSettings(SpawnSettings&&) = delete;
    SpawnSettings& operator=(SpawnSettings&&) = delete;
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

/// A running child; killed with its group unless it was waited for.
class Child {
  public:
    explicit Child(pid_t pid) : pid_(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() {
        if (pid_ < 0) return;
        ::kill(-pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    /// Its exit code once it has ended.
    Result<std::optional<int>> try_wait() {
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended < 0 && errno != EINTR) return fail_errno(errno, "wait for process {}", pid_);
        if (ended != pid_) return std::nullopt;
        // What it left in its group goes, too.
        ::kill(-pid_, SIGKILL);
        pid_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

  private:
    pid_t pid_;
};

/// True when the stream has not ended.
Result<bool> read_some(int fd, std::string& text) {
    std::array<char, 16384> buffer{};
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0) {
        if (errno == EINTR || errno == EAGAIN) return true;
        return fail_errno(errno, "read from a plugin");
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
}

/// Reads both streams until they end.
Status collect(const PluginRun& run, Pipe& output, Pipe& errors, Clock::time_point deadline,
               PluginOutput& out) {
    std::array<pollfd, 2> streams{pollfd{output.read_end.get(), POLLIN, 0},
                                  pollfd{errors.read_end.get(), POLLIN, 0}};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        const int ready = left <= 0 ? 0 : ::poll(streams.data(), streams.size(), static_cast<int>(left));
        if (ready == 0)
            return fail(Code::deadline_exceeded, "{}: not done within {} ms", run.program.filename().native(),
                        std::chrono::duration_cast<std::chrono::milliseconds>(run.limit).count());
        if (ready < 0 && errno != EINTR) return fail_errno(errno, "wait for a plugin");
        for (std::size_t i = 0; ready > 0 && i < streams.size(); ++i) {
            if (streams.at(i).fd < 0 || streams.at(i).revents == 0) continue;
            auto& text = i == 0 ? out.output : out.errors;
            RDT_TRY(const bool is_open, read_some(streams.at(i).fd, text));
            if (!is_open) streams.at(i).fd = -1; // poll() passes over it
        }
        if (out.output.size() > k_most_output)
            return fail(Code::resource_exhausted, "{}: prints more than {} bytes",
                        run.program.filename().native(), k_most_output);
        if (out.errors.size() > k_most_errors) out.errors.erase(0, out.errors.size() - k_most_errors);
    }
    return {};
}

} // namespace

Result<PluginOutput> run_plugin(const PluginRun& run) {
    const auto deadline = Clock::now() + run.limit;
    RDT_TRY(const auto input, make_input(run.input));
    RDT_TRY(auto output, make_pipe());
    RDT_TRY(auto errors, make_pipe());
    const SpawnSettings settings(input.get(), output.write_end.get(), errors.write_end.get());
    std::vector<std::string> words{run.program.native()};
    words.insert(words.end(), run.arguments.begin(), run.arguments.end());
    pid_t pid = -1;
    const int failure = posix_spawn(&pid, run.program.c_str(), &settings.actions, &settings.attributes,
                                    pointers_of(words).data(), pointers_of(run.environment).data());
    if (failure != 0) return fail_errno(failure, "start {}", run.program.native());
    Child child(pid);
    output.write_end.reset();
    errors.write_end.reset();
    PluginOutput out;
    RDT_CHECK(collect(run, output, errors, deadline, out));
    for (;;) { // it has closed its streams: its end is near
        RDT_TRY(const auto code, child.try_wait());
        if (code) {
            out.exit_code = *code;
            return out;
        }
        if (Clock::now() > deadline)
            return fail(Code::deadline_exceeded, "{}: does not end", run.program.filename().native());
        ::poll(nullptr, 0, 1);
    }
}

} // namespace redoubt::node::network::cni
