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
using encoding::to_hex;

/// This cloud's processors are real: only the vendor's own roots count.
std::vector<tee::TrustAnchor> vendor_roots(std::vector<tee::TrustAnchor> anchors) {
    std::erase_if(anchors, [](const tee::TrustAnchor& anchor) {
        return anchor.anchor_class != tee::AnchorClass::production;
    });
    return anchors;
}

Result<az::HclReport> read_report(const json::Node& evidence, az::HardwareKind kind) {
    RDT_TRY(const auto version, evidence["version"].integer_or(0));
    if (version != 2) return evidence["version"].wrong("only version 2 is understood");
    RDT_TRY(const auto bytes, base64url_member(evidence["hcl_report"]));
    RDT_TRY(auto report,
            az::parse_hcl_report(bytes).transform_error(context("{}", evidence["hcl_report"].path())));
    if (report.kind != kind) return evidence["hcl_report"].wrong("of another processor's report");
    return report;
}

/// Version 2 promises that the processor's report was made for this challenge, and not only the TPM's quote.
void check_user_data(tee::Explanation& explanation, const az::HclReport& report,
                     const Expectations& expected) {
    const auto got = std::string_view(report.user_data).substr(0, expected.report_data.size());
    const bool is_same =
        !expected.report_data.empty() && tee::equal_in_constant_time(got, expected.report_data);
    explanation.check(tee::Stage::policy, "hcl.user_data", is_same, to_hex(expected.report_data),
                      to_hex(report.user_data), "digest that binds nonce and key");
}

/// Names as other attestation services give them to their policies.
bj::object tpm_claims(const std::map<std::string, std::string>& pcrs) {
    bj::object claims;
    for (unsigned index = 0; index < 24; ++index)
        if (const auto found = pcrs.find(std::format("tpm_pcr{}", index)); found != pcrs.end())
            claims[std::format("pcr{:02}", index)] = found->second;
    if (const auto* init_data = claims.if_contains("pcr08")) claims["init_data"] = bj::value(*init_data);
    return claims;
}

/// The part both kinds share: a quote by the key that the processor's report names. `kernel` is the name of
/// the reference value for PCR 11.
Result<Outcome> finish(const json::Node& evidence, const az::HclReport& report, az::Verdict hardware,
                       Claims claims, std::string_view kernel, const Expectations& expected) {
    Outcome outcome{std::move(hardware.explanation), std::nullopt};
    if (!hardware.attestation_key) return outcome;
    check_user_data(outcome.explanation, report, expected);
    RDT_TRY(const auto quote, read_tpm_quote(evidence["tpm_quote"], &hex_member));
    const tee::tpm::AttestationKey key{*hardware.attestation_key, std::nullopt, tee::tpm::KeyTrust::hardware};
    // The whole digest is quoted here, where a plain TPM quotes 32 bytes of it.
    claims.pcrs = verify_tpm_quote(quote, key, expected.report_data, outcome.explanation);
    RDT_CHECK(check_tpm_init_data(outcome.explanation, claims, expected));
    const auto found = claims.pcrs.find("tpm_pcr11");
    claims.launch[std::string(kernel)] = found == claims.pcrs.end() ? "" : found->second;
    claims.report_data = to_hex(expected.report_data);
    claims.values["tpm"] = tpm_claims(claims.pcrs);
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
    auto authorities = collateral.amd;
    authorities.anchors = vendor_roots(std::move(authorities.anchors));
    auto verdict = az::verify_snp(report, endorsements, authorities, policy, expected.at);
    Claims claims;
    claims.tee = "az-snp-vtpm";
    if (const auto product = snp::product_of(parsed); product && *product)
        claims.values = snp_policy_claims(parsed, **product);
    claims.launch["measurement"] = to_hex(parsed.measurement);
    claims.anchor_class = tee::AnchorClass::production;
    claims.is_debug = (parsed.policy & snp::k_policy_debug) != 0;
    claims.vmpl = parsed.vmpl;
    if (!tee::is_zero(parsed.chip_id)) claims.chip_id = to_hex(parsed.chip_id);
    return finish(evidence, report, std::move(verdict), std::move(claims), "snp_pcr11", expected);
}

Result<Outcome> verify_az_tdx_vtpm(const json::Node& evidence, const Collateral& collateral,
                                   const Expectations& expected) {
    RDT_TRY(const auto report, read_report(evidence, az::HardwareKind::tdx));
    RDT_TRY(const auto quote, base64url_member(evidence["td_quote"]));
    RDT_TRY(auto policy, tdx_policy(expected));
    policy.allows_simulation = false;
    const auto anchors = vendor_roots(collateral.intel_anchors);
    auto verdict = judge_by_family(collateral, [&](const tee::tdx::Collateral& family) {
        return az::verify_tdx(report, quote, family, anchors, policy, expected.at);
    });
    Claims claims;
    claims.tee = "az-tdx-vtpm";
    if (verdict.verified && verdict.verified->quote().td) {
        claims.values = tdx_policy_claims(*verdict.verified);
        claims.anchor_class = verdict.verified->anchor_class();
        claims.is_debug = is_debuggable(claims.values);
        // The paravisor is in MRTD, and measures into its TPM what a TD without one has in its RTMRs.
        claims.launch["mr_td"] = to_hex(verdict.verified->quote().td->mr_td);
    }
    return finish(evidence, report, std::move(verdict), std::move(claims), "tdx_pcr11", expected);
}

} // namespace redoubt::services::attestation
