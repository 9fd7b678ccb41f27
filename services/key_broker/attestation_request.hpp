// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/attestation/attestation_service.hpp"

namespace redoubt::services::key_broker {

/// The parts of an attestation that are read before anything is verified.
struct AttestationMessage {
    // Evidence points into it. Shared by nobody; a pointer so that it stays where it is.
    std::unique_ptr<json::Document> document;
    attestation::Evidence evidence;
    attestation::RuntimeData runtime_data;
};

/// Reads {"runtime-data", "init-data"?, "tee-evidence": {"primary_evidence", "additional_evidence"?}} of a
/// session of this TEE. Errors: invalid_argument naming the place; resource_exhausted.
[[nodiscard]] Result<AttestationMessage> read_attestation(std::string_view body, const std::string& tee);

/// What came to /attest, read once for all who look at it.
struct AttestationRequest {
    std::optional<std::string> cookie;
    /// None where the cookie was of no session that may attest: nothing of it is read then.
    std::optional<Result<AttestationMessage>> message;
};

} // namespace redoubt::services::key_broker
