// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/encoding/json.hpp"
#include "common/tee/tpm/verifier.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

/// A quote as guests send it, decoded: message, signature and the values of 24 PCRs.
struct TpmQuote {
    std::string message;
    std::string signature;
    tee::tpm::PcrValues values;
};

/// `decode` is how message and signature are written. Errors: invalid_argument naming the member.
[[nodiscard]] Result<TpmQuote> read_tpm_quote(const json::Node& quote,
                                              Result<std::string> (*decode)(const json::Node&));

/// Verifies the quote, adds its claims to the explanation, and gives PCR values that the quote covers:
/// "tpm_pcr11" and hex.
std::map<std::string, std::string> verify_tpm_quote(const TpmQuote& quote,
                                                    const tee::tpm::AttestationKey& key,
                                                    const std::string& nonce, tee::Explanation& explanation);

/// PCR 8 holds the init data when nothing but its digest was extended into it; the value it then has.
[[nodiscard]] Result<std::string> init_data_pcr(std::string_view digest);

/// Compares PCR 8 with the init data sent along, and notes what the TPM is bound to.
Status check_tpm_init_data(tee::Explanation& explanation, Claims& claims, const Expectations& expected);

/// Adds one explanation's claims to another.
void append_claims(tee::Explanation& to, const tee::Explanation& from);

} // namespace redoubt::services::attestation
