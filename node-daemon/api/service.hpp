// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "node-daemon/api/call_registry.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::api {

/// redoubt.node.v1.Node as a gRPC service: a table from calls to handlers. Both references must outlive it.
std::unique_ptr<grpc::Service> make_node_service(sandbox::Node& node, CallRegistry& registry);

} // namespace redoubt::node::api
