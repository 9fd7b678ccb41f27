// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/attestation/appraisal.hpp"
#include "services/attestation/init_data.hpp"
#include "services/attestation/runtime_data.hpp"
#include "services/attestation/token.hpp"

namespace redoubt::services::attestation {

/// One guest's evidence as it came.
struct Evidence {
    std::string tee; ///< "snp", "tdx", "tpm", "az-snp-vtpm", "az-tdx-vtpm"; others are refused
    json::Node primary{nullptr, "evidence"};
    std::string additional; ///< of devices; has to be empty
    std::optional<std::string> init_data;
    std::string init_data_digest;       ///< raw, where the init data itself was not sent
    std::string report_data;            ///< what the evidence has to be bound to, raw
    boost::json::object runtime_claims; ///< what that stands for
};

/// What a token is for. Only evidence over this broker's own challenge is fresh, and may open something.
enum class Purpose : std::uint8_t { release, relying_party };

/// Evidence over a challenge of the broker. Errors: internal.
Status bind_to(const RuntimeData& data, Evidence& evidence);

/// How the tenant wants it judged. Lifetime: all borrowed.
struct Judge {
    const Collateral* collateral = nullptr;
    const ReferenceValues* values = nullptr;
    const Appraiser* appraiser = nullptr;
    const TokenIssuer* issuer = nullptr;
    std::string tenant;
    std::string policy_id = "default";
    Purpose purpose = Purpose::release;
    bool allows_simulation = false;
    bool allows_vlek = false;
    std::vector<std::string> tcb_statuses;
    std::vector<std::string> advisories;
};

struct Attested {
    std::string token;
    Appraisal appraisal;
    ReleaseFacts facts;
};

/// Verifies evidence and appraises it. A token is given for genuine evidence only; whether it is what the
/// tenant expects stands in the token. Errors: permission_denied the names of the claims that failed;
/// invalid_argument malformed; unimplemented a TEE that is not known here, or devices; failed_precondition
/// the appraisal policy gives nothing.
[[nodiscard]] Result<Attested> attest(const Evidence& evidence, const Judge& judge, Time now);

/// Whether there is a verifier for it.
[[nodiscard]] bool is_known_tee(std::string_view tee);
/// One spelling for each: "azsnpvtpm" is "az-snp-vtpm".
[[nodiscard]] std::string canonical_tee(std::string_view tee);

} // namespace redoubt::services::attestation
