// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "services/key_broker/evaluation_request.hpp"
#include "trust/attestation.pb.h"

namespace redoubt::services::rpc {

/// Evidence to judge, taken apart. Errors: invalid_argument naming the field; unimplemented evidence of more
/// than one device, or a policy other than "default".
[[nodiscard]] Result<key_broker::EvaluationRequest> decode(const ::attestation::AttestationRequest& request);

/// The TEE of a request for a challenge. Errors: invalid_argument it names none; unimplemented one that is
/// not known here, or (se) needs more than a nonce.
[[nodiscard]] Result<std::string> decode(const ::attestation::ChallengeRequest& request);

/// A policy as the JSON that the other face takes.
[[nodiscard]] std::string policy_document(const ::attestation::SetPolicyRequest& request);

} // namespace redoubt::services::rpc
