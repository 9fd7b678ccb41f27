// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The agent: PID 1 of a guest, or, outside of a VM, a program on a unix socket that does the same. One
/// program is for ordinary VMs, another for confidential ones; this is what they share.

#include "common/async/task.hpp"
#include "common/ttrpc/server.hpp"
#include "guest-image/agent/agent_options.hpp"
#include "guest-image/agent/sandbox/keyed_work.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest {

/// What the agent of confidential guests has more.
class ConfidentialPart {
  public:
    virtual ~ConfidentialPart() = default;
    ConfidentialPart(const ConfidentialPart&) = delete;
    ConfidentialPart& operator=(const ConfidentialPart&) = delete;

    [[nodiscard]] virtual sandbox::KeyedWork& keyed_work() = 0;
    /// Finds out what this guest is, and says what stands in front of every call from now on. Errors: why the
    /// guest must not serve. Called once, before anything is served; `options` outlives the call.
    [[nodiscard]] virtual Task<ttrpc::Guard> start(const AgentOptions& options) = 0;
    /// Serves the containers of `box` from now on. Errors: why it cannot; the guest must not serve then.
    /// After start(), which has succeeded. Lifetime: `box` outlives what this begins.
    [[nodiscard]] virtual Status attend(const asio::any_io_executor& executor,
                                        const sandbox::Sandbox& box) = 0;

  protected:
    ConfidentialPart() = default;
};

/// The whole program, and its exit code. Without a `part`, a guest that is told to be confidential refuses
/// every call.
int run_agent(int argc, char** argv, ConfidentialPart* part);

} // namespace redoubt::guest
