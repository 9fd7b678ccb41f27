// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Programs that the monitor runs. It has one thread, so a child may do what it likes before it executes.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/process/child_reaper.hpp"

namespace redoubt::node::runtime {

/// What a program has as its standard streams; -1: nothing. Borrowed.
struct ChildStreams {
    int input = -1;
    int output = -1;
    int error = -1;
};

enum class ChildSession : std::uint8_t {
    ours,
    terminal, ///< one of its own, controlled by the terminal that is its standard input
};

/// Starts a program with an environment of PATH alone. Whoever starts it watches its pid before anything
/// else is waited for. Errors: by errno, naming the program.
[[nodiscard]] Result<pid_t> spawn_child(const std::vector<std::string>& arguments,
                                        const ChildStreams& streams,
                                        ChildSession session = ChildSession::ours);

/// Waits for the end of a child just started; its status as of waitpid(2). The wait is not given up when the
/// caller is cancelled: what the program changes is known afterwards.
asio::awaitable<int> wait_for_child(process::ChildReaper& reaper, pid_t child);

/// How a program that was run to its end did.
struct ProgramOutcome {
    int status = 0;     ///< waitpid's
    std::string output; ///< what it wrote to standard output
    std::string error;

    [[nodiscard]] bool is_success() const { return status == 0; }
};
/// Runs a program to its end with `input` on its standard input.
Task<ProgramOutcome> run_program(process::ChildReaper& reaper, std::vector<std::string> arguments,
                                 std::string input = {});

} // namespace redoubt::node::runtime
