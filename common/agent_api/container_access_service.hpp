// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <vector>

#include "common/containers/container_access.hpp"
#include "common/ttrpc/server.hpp"

namespace redoubt::agent_api {

/// How the processes of a container are found by who cannot see them in /proc.
using ListProcesses = std::function<Task<std::vector<containers::ProcessInfo>>(ContainerId)>;

/// The calls of redoubt.agent.v1.ContainerAccess. Lifetime: `access` outlives the server's calls.
void add_container_access_calls(ttrpc::Server& server, containers::ContainerAccess& access,
                                ListProcesses list_processes = {});

} // namespace redoubt::agent_api
