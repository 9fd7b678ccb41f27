// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "services/attestation/verifier/tpm_quote.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;
namespace tpm = tee::tpm;

/// What a TPM quotes has no room for more of a digest: TPM2B_DATA of a SHA-256 TPM.
constexpr std::size_t k_nonce_size = 32;

} // namespace

Result<Outcome> verify_tpm(const json::Node& evidence, const Collateral& /*collateral*/,
                           const Expectations& expected) {
    RDT_TRY(const auto key_bytes, base64_member(evidence["ak_public"]));
    RDT_TRY(auto key,
            tee::PublicKey::parse(key_bytes).transform_error(context("{}", evidence["ak_public"].path())));
    RDT_TRY(const auto quote, read_tpm_quote(evidence["tpm_quote"], &base64_member));
    const auto spki = key.spki();
    const bool is_known = std::ranges::contains(expected.attestation_keys, spki);
    const tpm::AttestationKey attestation_key{std::move(key), std::nullopt,
                                              is_known ? tpm::KeyTrust::enrolled : tpm::KeyTrust::none};
    Outcome outcome;
    Claims claims;
    claims.tee = "tpm";
    claims.pcrs = verify_tpm_quote(quote, attestation_key, fit(expected.report_data, k_nonce_size),
                                   outcome.explanation);
    RDT_CHECK(check_tpm_init_data(outcome.explanation, claims, expected));
    if (!outcome.explanation.is_accepted()) return outcome;
    // What a unified kernel image measures of itself; PCRs of the firmware count where the owner lists them.
    claims.launch["tpm_pcr11"] = claims.pcrs["tpm_pcr11"];
    claims.launch["trusted_aks"] = encoding::to_base64(spki);
    claims.report_data = encoding::to_hex(fit(expected.report_data, k_nonce_size));
    claims.anchor_class = tee::AnchorClass::operator_given;
    bj::object pcrs;
    for (const auto& [name, value] : claims.pcrs) pcrs[name.substr(std::string_view("tpm_").size())] = value;
    claims.values = {{"ak_public", encoding::to_base64(spki)}, {"pcrs", std::move(pcrs)}};
    outcome.claims = std::move(claims);
    return outcome;
}

} // namespace redoubt::services::attestation
