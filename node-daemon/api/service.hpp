// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/impl/service_type.h>

#include <chrono>
#include <memory>

#include "node-daemon/api/admission.hpp"
#include "node-daemon/api/call_registry.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::api {

/// redoubt.node.v1.Node as a gRPC service: a table from calls to handlers. The references must outlive it.
/// `stop_timeout`: how long a container may take to stop when the client does not say.
std::unique_ptr<grpc::Service> make_node_service(sandbox::Node& node, CallRegistry& registry, Gate& gate,
                                                 std::chrono::seconds stop_timeout);

} // namespace redoubt::node::api
