// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How runc and gVisor's runsc are called, and what they say. Pure.
/// Source: runc(8) of runc 1.1; `runsc flags` and `runsc help VERB` of release 20240729.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/launch/isolation_level.hpp"

namespace redoubt::node::runtime {

using Arguments = std::vector<std::string>;

enum class ContainerNetwork : std::uint8_t { none, namespaced };

/// The program behind a level, bound to the folder of one container.
class RuntimeCommand {
  public:
    struct Settings {
        launch::IsolationLevel level = launch::IsolationLevel::runc;
        std::filesystem::path program;
        std::filesystem::path folder; ///< of the container: state, log, pid files and sockets lie in it
        std::string name;     ///< what the runtime calls the container; unique on this host, and short
        std::string platform; ///< of gVisor: how it intercepts system calls: systrap, ptrace, kvm
    };
    explicit RuntimeCommand(Settings settings) : settings_(std::move(settings)) {}

    /// For all calls from now on. gVisor has a network stack of its own, and asks each of them for its kind.
    void set_network(ContainerNetwork network) { network_ = network; }

    /// Makes the container of the bundle in `folder`, which waits for start(). Standard streams are the
    /// container's, but for one with a terminal, whose master comes through console_socket().
    [[nodiscard]] Arguments create(bool has_terminal) const;
    [[nodiscard]] Arguments start() const;
    /// In the foreground: standard streams are the process's, the exit code is its own, 128+n for signal n.
    [[nodiscard]] Arguments exec(const std::string& exec) const;
    [[nodiscard]] Arguments pause() const;
    [[nodiscard]] Arguments resume() const;
    /// To the container's init, or to the process of that number.
    [[nodiscard]] Arguments kill(int signal, std::optional<int> pid = {}) const;
    [[nodiscard]] Arguments stats() const;
    [[nodiscard]] Arguments list_processes() const;
    /// Resources come on standard input.
    [[nodiscard]] Arguments update() const;
    [[nodiscard]] Arguments remove() const;

    [[nodiscard]] std::filesystem::path log_file() const { return settings_.folder / "runtime.log"; }
    [[nodiscard]] std::filesystem::path pid_file() const { return settings_.folder / "init.pid"; }
    [[nodiscard]] std::filesystem::path console_socket() const { return settings_.folder / "console.sock"; }
    /// Has the number of an exec's process once that has begun: the host's for runc, gVisor's own for gVisor.
    [[nodiscard]] std::filesystem::path exec_pid_file(const std::string& exec) const;
    [[nodiscard]] std::filesystem::path exec_process_file(const std::string& exec) const;
    [[nodiscard]] bool is_gvisor() const { return settings_.level == launch::IsolationLevel::gvisor; }

  private:
    /// The program and the flags in front of every verb.
    [[nodiscard]] Arguments begin(std::string_view verb) const;

    Settings settings_;
    ContainerNetwork network_ = ContainerNetwork::none;
};

/// What went wrong, from the log that a failed call left: the last error's message, with the code that
/// callers look for. A program that is not in the container, or may not be executed, begins with "exec: ".
[[nodiscard]] Error explain_failure(std::string_view log, std::string_view verb);

/// The counters that `events --stats` prints.
struct UsageReport {
    std::uint64_t cpu_ns = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t memory_limit_bytes = 0; ///< 0: none
    std::uint64_t pids = 0;
    std::uint64_t pids_limit = 0;
    std::uint64_t block_read_bytes = 0;
    std::uint64_t block_written_bytes = 0;
};
/// Errors: invalid_argument not such a report.
[[nodiscard]] Result<UsageReport> parse_usage(std::string_view text);

/// A line of `runsc ps`.
struct ListedProcess {
    std::int64_t pid = 0;
    std::int64_t ppid = 0;
    std::uint32_t uid = 0;
    std::string terminal;
    std::uint64_t cpu_time_ns = 0;
    std::string name;
};
/// The table that `runsc ps` prints; lines that are none are skipped.
[[nodiscard]] std::vector<ListedProcess> parse_process_table(std::string_view text);

} // namespace redoubt::node::runtime
