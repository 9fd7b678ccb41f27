// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "node-daemon/api/admission.hpp"
#include "node-daemon/api/call_registry.hpp"
#include "node-daemon/metrics/history.hpp"

namespace redoubt::node::api {

/// redoubt.node.v1.Monitor as a gRPC service. The references must outlive it.
std::unique_ptr<grpc::Service> make_monitor_service(const metrics::History& history, CallRegistry& registry,
                                                    Gate& gate);

} // namespace redoubt::node::api
