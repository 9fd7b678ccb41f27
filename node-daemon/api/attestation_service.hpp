// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/impl/service_type.h>

#include <boost/asio/thread_pool.hpp>

#include <memory>

#include "node-daemon/api/admission.hpp"
#include "node-daemon/api/call_registry.hpp"
#include "node-daemon/attestation/node_attester.hpp"

namespace redoubt::node::api {

/// redoubt.node.v1.Attestation as a gRPC service; the TPM is waited for in the pool. The references must
/// outlive it.
std::unique_ptr<grpc::Service> make_attestation_service(attestation::NodeAttester& attester,
                                                        boost::asio::thread_pool& pool,
                                                        CallRegistry& registry, Gate& gate);

} // namespace redoubt::node::api
