// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/async/task.hpp"

namespace redoubt::guest {

/// What the kernel command line, the environment and the arguments tell the agent.
/// Source: Kata's agent options, of which this agent honours agent.log, agent.hotplug_timeout and
/// agent.server_addr.
struct AgentOptions {
    std::string log_level = "info";
    Duration hotplug_timeout = std::chrono::seconds(10); ///< Kata waits 3 s; emulated machines are slower
    std::string server_address;                          ///< unix:///path; empty: the VM's own transports
    std::string base = "/run/kata-containers";
    bool has_cgroups = true; ///< false only with --without-cgroups, for tests outside of a VM
};

/// Reads the words of a kernel command line; words that are not the agent's are skipped.
/// Errors: invalid_argument for an option of ours with a value that cannot be.
[[nodiscard]] Status apply_kernel_command_line(AgentOptions& options, std::string_view text);

/// --server-addr, --run-dir, --log, --without-cgroups. Errors: invalid_argument for anything else.
[[nodiscard]] Status apply_arguments(AgentOptions& options, std::span<const char* const> arguments);

} // namespace redoubt::guest
