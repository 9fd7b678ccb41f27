// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/az_vtpm/hcl_report.hpp"

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "services/attestation/verifier/snp_evidence.hpp"
#include "services/attestation/verifier/tdx_claims.hpp"
#include "services/attestation/verifier/tpm_quote.hpp"

namespace redoubt::services::attestation {
namespace {

namespace az = tee::az_vtpm;
namespace bj = boost::json;

Result<az::HclReport> read_report(const json::Node& evidence, az::HardwareKind kind) {
    RDT_TRY(const auto version, evidence["version"].integer_or(0));
    if (version != 2) return evidence["version"].wrong("only version 2 is understood");
    RDT_TRY(const auto bytes, base64url_member(evidence["hcl_report"]));
    RDT_TRY(auto report,
            az::parse_hcl_report(bytes).transform_error(context("{}", evidence["hcl_report"].path())));
    if (report.kind != kind) return evidence["hcl_report"].wrong("of another processor's report");
    return report;
}

/// The part both kinds share: a quote by the key that the processor's report names.
Result<Outcome> finish(const json::Node& evidence, az::Verdict hardware, Claims claims,
                       const Expectations& expected) {
    Outcome outcome{std::move(hardware.explanation), std::nullopt};
    if (!hardware.attestation_key) return outcome;
    RDT_TRY(const auto quote, read_tpm_quote(evidence["tpm_quote"], &hex_member));
    const tee::tpm::AttestationKey key{*hardware.attestation_key, std::nullopt, tee::tpm::KeyTrust::hardware};
    // The whole digest is quoted here, where a plain TPM quotes 32 bytes of it.
    claims.pcrs = verify_tpm_quote(quote, key, expected.report_data, outcome.explanation);
    RDT_CHECK(check_tpm_init_data(outcome.explanation, claims, expected));
    claims.launch["snp_pcr11"] = claims.pcrs["tpm_pcr11"];
    claims.report_data = encoding::to_hex(expected.report_data);
    bj::object pcrs;
    for (const auto& [name, value] : claims.pcrs) pcrs[name.substr(std::string_view("tpm_").size())] = value;
    claims.values["tpm"] = std::move(pcrs);
    if (outcome.explanation.is_accepted()) outcome.claims = std::move(claims);
    return outcome;
}

} // namespace

Result<Outcome> verify_az_snp_vtpm(const json::Node& evidence, const Collateral& collateral,
                                   const Expectations& expected) {
    namespace snp = tee::sev_snp;
    RDT_TRY(const auto report, read_report(evidence, az::HardwareKind::snp));
    RDT_TRY(const auto parsed, snp::parse_report(report.hardware_report));
    snp::Endorsements endorsements{{}, collateral.snp_revocation_lists};
    for (const auto& certificate : collateral.snp_certificates)
        if (certificate.is_authority()) endorsements.certificates.push_back(certificate);
    RDT_TRY(const auto vcek, base64url_member(evidence["vcek"]));
    RDT_TRY(auto leaf, tee::Certificate::parse(vcek).transform_error(context("{}", evidence["vcek"].path())));
    endorsements.certificates.push_back(std::move(leaf));
    snp::Policy policy;
    policy.revocation = collateral.revocation;
    // This cloud's processors are real: only the vendor's own roots count.
    auto authorities = collateral.amd;
    std::erase_if(authorities.anchors, [](const tee::TrustAnchor& anchor) {
        return anchor.anchor_class != tee::AnchorClass::production;
    });
    auto verdict = az::verify_snp(report, endorsements, authorities, policy, expected.at);
    Claims claims;
    claims.tee = "az-snp-vtpm";
    if (const auto product = snp::product_of(parsed); product && *product)
        claims.values = snp_policy_claims(parsed, **product);
    claims.launch["measurement"] = encoding::to_hex(parsed.measurement);
    claims.anchor_class = tee::AnchorClass::production;
    claims.is_debug = (parsed.policy & snp::k_policy_debug) != 0;
    claims.vmpl = parsed.vmpl;
    return finish(evidence, std::move(verdict), std::move(claims), expected);
}

Result<Outcome> verify_az_tdx_vtpm(const json::Node& evidence, const Collateral& /*collateral*/,
                                   const Expectations& /*expected*/) {
    return fail(Code::unimplemented, "{}: evidence of az-tdx-vtpm is not implemented", evidence.path());
}

} // namespace redoubt::services::attestation
