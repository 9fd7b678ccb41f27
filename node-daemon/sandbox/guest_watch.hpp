// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A guest that does nothing more: it is noticed, and said with the phase in which it happened and what the
/// guest's console showed last.

#include <memory>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::node::sandbox {

struct Node;
struct Container;
struct PodSandbox;

/// Awaits one step of which the guest does its part: "handshake", "create", "start", "exec".
/// Errors: those of the step, after the name of the phase; unavailable the VM has ended meanwhile, or it
/// stands still, or its agent answers no health check. Of these and of a deadline, the console's end is part.
Task<void> in_phase(Node& node, std::shared_ptr<PodSandbox> sandbox, std::string phase, Task<void> step);

/// "; its console ends with:\n" and the last lines of it.
[[nodiscard]] std::string console_lines(const PodSandbox& sandbox);

/// Looks after a guest that runs: when it falls silent, sandbox->trouble says so, and an event; also when it
/// answers again. It is not ended for that: a host may be busy, a debugger at work. Ends with the sandbox.
asio::awaitable<void> watch_guest(Node& node, std::shared_ptr<Container> container,
                                  std::shared_ptr<PodSandbox> sandbox);

} // namespace redoubt::node::sandbox
