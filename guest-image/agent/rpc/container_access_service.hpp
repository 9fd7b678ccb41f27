// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/ttrpc/server.hpp"
#include "guest-image/agent/sandbox/container_access.hpp"

namespace redoubt::guest::rpc {

/// The calls of redoubt.agent.v1.ContainerAccess. Lifetime: `access` outlives the server's calls.
void add_container_access_calls(ttrpc::Server& server, sandbox::ContainerAccess& access);

} // namespace redoubt::guest::rpc
