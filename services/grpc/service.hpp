// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "services/grpc/calls.hpp"
#include "services/grpc/unary_call.hpp"

namespace redoubt::services::rpc {

/// attestation.AttestationService. Lifetime: borrows both.
[[nodiscard]] std::unique_ptr<::grpc::Service> make_attestation_service(Calls& calls,
                                                                        CallsInFlight& in_flight);
/// reference.ReferenceValueProviderService. Lifetime: borrows both.
[[nodiscard]] std::unique_ptr<::grpc::Service> make_reference_service(Calls& calls, CallsInFlight& in_flight);

} // namespace redoubt::services::rpc
