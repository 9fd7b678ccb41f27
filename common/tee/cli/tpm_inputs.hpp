// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>

#include "common/tee/cli/evidence_options.hpp"
#include "common/tee/tpm/verifier.hpp"

namespace redoubt::tee::cli {

/// What a TPM's evidence consists of, from files or from one JSON document.
struct TpmInputs {
    std::string message;
    std::string signature;
    std::optional<tpm::PcrValues> values;
    std::optional<EventLog> log;
    std::optional<tpm::AttestationKey> key;
};

/// Reads the evidence: a TPMS_ATTEST with its other files, or JSON {ak_public, tpm_quote: {message,
/// signature, pcrs}} with base64 and hex inside. A key of such a document is vouched for by nobody; one of
/// --ak is enrolled. Errors: not_found and so on for files; invalid_argument what is malformed.
[[nodiscard]] Result<TpmInputs> load_tpm_inputs(const EvidenceOptions& options);
[[nodiscard]] Result<tpm::Policy> read_tpm_policy(const EvidenceOptions& options);
/// A key from TPMT_PUBLIC, TPM2B_PUBLIC, SubjectPublicKeyInfo or PEM.
[[nodiscard]] Result<tpm::AttestationKey> read_attestation_key(std::string_view bytes, tpm::KeyTrust trust);

} // namespace redoubt::tee::cli
