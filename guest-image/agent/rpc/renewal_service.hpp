// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/ttrpc/server.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::rpc {

/// The calls of redoubt.agent.v1.Renewal, by which a clone of a guest template becomes a guest of its own,
/// and rehearses a container before. Lifetime: `sandbox` outlives the server's calls.
void add_renewal_calls(ttrpc::Server& server, sandbox::Sandbox& sandbox);

} // namespace redoubt::guest::rpc
