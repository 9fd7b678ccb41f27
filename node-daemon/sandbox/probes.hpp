// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>

#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

/// Begins to ask a running container how it is, as its probes say, in its sandbox's `probes`, until those are
/// cancelled. It is ready at once when it has neither startup nor readiness probe. One that fails its startup
/// or liveness probe is ended, and its restart policy sees to the rest.
void start_probes(Node& node, const std::shared_ptr<Container>& container);

/// Refuses what cannot be. Errors: invalid_argument naming the probe.
Status check_probes(const ContainerSpec& spec);

} // namespace redoubt::node::sandbox
