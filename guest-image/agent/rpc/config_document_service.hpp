// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/ttrpc/server.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::rpc {

/// The calls of redoubt.agent.v1.ConfigDocuments. Lifetime: `sandbox` outlives the server's calls.
void add_config_document_calls(ttrpc::Server& server, const sandbox::Sandbox& sandbox);

} // namespace redoubt::guest::rpc
