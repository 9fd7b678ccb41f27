// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

/// The parts of one, as any face gets them. Errors: as read_evaluation, naming `where`.
[[nodiscard]] Status check_policies(const std::vector<std::string>& ids, std::string_view where);
[[nodiscard]] Result<EvaluationRequest> read_evidence(std::string_view tee, std::string_view base64url,
                                                      std::string_view where);
/// What the evidence has to be bound to: bytes as they are, or the digest of an object.
Status bind_to_bytes(std::string_view base64url, std::string_view where, attestation::Evidence& evidence);
Status bind_to_object(const json::Node& object, crypto::HashAlgorithm hash, attestation::Evidence& evidence);
Status name_init_data(std::string_view base64url, std::string_view where, attestation::Evidence& evidence);

} // namespace redoubt::services::key_broker
