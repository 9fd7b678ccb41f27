// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/task.hpp"

namespace redoubt::guest {

/// What the kernel command line, the environment and the arguments tell the agent.
/// Source: Kata 4.1.0's agent options. This agent honours agent.log, agent.hotplug_timeout, agent.server_addr
/// and agent.container_pipe_size; the others it names in `ignored`.
struct AgentOptions {
    std::string log_level = "info";
    Duration hotplug_timeout = std::chrono::seconds(10); ///< Kata waits 3 s; emulated machines are slower
    std::string server_address;                          ///< unix:///path; empty: the VM's own transports
    std::string base = "/run/kata-containers";
    int pipe_bytes = 0; ///< of a process's standard streams; 0: the kernel's own choice
    /// Words of Kata's that ask for what this agent does not have, to be told to the operator.
    std::vector<std::string> ignored;
    /// redoubt.confidential=1: the guest serves what its initdata's policy allows, and nothing without one.
    bool is_confidential = false;
    /// redoubt.simtee=1: evidence comes from a simulator.
    bool has_simulator = false;
    bool has_cgroups = true; ///< false only with --without-cgroups, for tests outside of a VM
};

/// Reads the words of a kernel command line; words that are not the agent's are skipped. The last word of a
/// kind wins, as with the kernel; only what makes a guest strict is never taken back by a later word. Errors:
/// invalid_argument for an option of ours with a value that cannot be.
[[nodiscard]] Status apply_kernel_command_line(AgentOptions& options, std::string_view text);

/// --server-addr, --run-dir, --log, --without-cgroups, --confidential. Errors: invalid_argument for anything
/// else.
[[nodiscard]] Status apply_arguments(AgentOptions& options, std::span<const char* const> arguments);

} // namespace redoubt::guest
