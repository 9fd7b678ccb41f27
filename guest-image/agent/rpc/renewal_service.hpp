// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/ttrpc/server.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::rpc {

/// The call of redoubt.agent.v1.Renewal, by which a clone of a guest template becomes a guest of its own.
/// Lifetime: `sandbox` outlives the server's calls.
void add_renewal_calls(ttrpc::Server& server, const sandbox::Sandbox& sandbox);

} // namespace redoubt::guest::rpc
