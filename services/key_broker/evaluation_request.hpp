// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string_view>

#include "services/attestation/attestation_service.hpp"

namespace redoubt::services::key_broker {

/// Evidence that a relying party wants judged, bound to a challenge of its own.
struct EvaluationRequest {
    // Evidence points into it. Shared by nobody; a pointer so that it stays where it is.
    std::unique_ptr<json::Document> document;
    attestation::Evidence evidence;
};

/// Reads {"verification_requests": [{"tee", "evidence": base64url, "runtime_data": {"raw": base64url} or
/// {"structured": {...}}, "runtime_data_hash_algorithm"?, "init_data"?: {"init_data_digest": base64url} or
/// {"init_data_toml": text}}], "policy_ids"?}. Errors: invalid_argument; unimplemented more than one request,
/// or a policy other than "default".
[[nodiscard]] Result<EvaluationRequest> read_evaluation(std::string_view body);

} // namespace redoubt::services::key_broker
