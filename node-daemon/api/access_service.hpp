// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/impl/service_type.h>

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "node-daemon/access/access.hpp"
#include "node-daemon/api/admission.hpp"
#include "node-daemon/api/call_registry.hpp"

namespace redoubt::node::api {

/// What calls about access work with; all of it outlives them.
struct AccessParts {
    access::Access& access;
    asio::thread_pool& pool; ///< for what waits for the disk
    std::string listen;      ///< where the node is reached from outside; empty: nowhere
};

/// redoubt.node.v1.Access as a gRPC service. The references must outlive it.
std::unique_ptr<grpc::Service> make_access_service(AccessParts parts, CallRegistry& registry, Gate& gate);

} // namespace redoubt::node::api
