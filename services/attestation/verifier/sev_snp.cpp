// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <utility>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"
#include "services/attestation/verifier/chip.hpp"
#include "services/attestation/verifier/snp_evidence.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;
namespace snp = tee::sev_snp;
using encoding::to_hex;

bj::object tcb_claims(std::string_view prefix, const snp::TcbVersion& tcb) {
    bj::object claims;
    const auto name = [&](std::string_view part) {
        return std::string(prefix) + "_tcb_" + std::string(part);
    };
    claims[name("bootloader")] = tcb.bootloader;
    claims[name("tee")] = tcb.tee;
    claims[name("snp")] = tcb.snp;
    claims[name("microcode")] = tcb.microcode;
    if (tcb.fmc) claims[name("fmc")] = *tcb.fmc;
    return claims;
}

/// Authorities of the collateral, and its leaf for this chip and TCB where the guest sent none.
void add_collateral(const snp::Report& report, const Collateral& collateral,
                    snp::Endorsements& endorsements) {
    const bool has_leaf = std::ranges::any_of(
        endorsements.certificates, [](const tee::Certificate& one) { return !one.is_authority(); });
    if (const auto* leaf = has_leaf ? nullptr : find_vcek(report, collateral); leaf != nullptr)
        endorsements.certificates.push_back(*leaf);
    for (const auto& certificate : collateral.snp_certificates)
        if (certificate.is_authority()) endorsements.certificates.push_back(certificate);
}

/// Whether what a certificate says is what the report says of its chip.
bool is_for(const tee::Certificate& certificate, const snp::Report& report) {
    if (certificate.is_authority()) return false;
    const auto endorsement = snp::parse_endorsement(certificate);
    return endorsement && !endorsement->hwid.empty() && report.chip_id.starts_with(endorsement->hwid) &&
           snp::tcb_disagreement(*endorsement, snp::decode_tcb(endorsement->product, report.reported_tcb))
               .empty();
}

} // namespace

const tee::Certificate* find_vcek(const snp::Report& report, const Collateral& collateral) {
    const auto placed = std::ranges::find_if(collateral.snp_certificates,
                                             [&](const auto& one) { return is_for(one, report); });
    if (placed != collateral.snp_certificates.end()) return &*placed;
    const auto chip = chip_of(report);
    const auto fetched = chip ? collateral.vceks.find(key_of(*chip)) : collateral.vceks.end();
    return fetched == collateral.vceks.end() ? nullptr : &fetched->second;
}

/// Names as other attestation services give them to their policies.
bj::object snp_policy_claims(const snp::Report& report, snp::Product product) {
    bj::object claims = tcb_claims("reported", snp::decode_tcb(product, report.reported_tcb));
    for (const auto& [name, raw] :
         {std::pair<std::string_view, const std::string&>{"committed", report.committed_tcb},
          {"current", report.current_tcb},
          {"launch", report.launch_tcb}})
        for (auto& member : tcb_claims(name, snp::decode_tcb(product, raw)))
            claims[member.key()] = member.value();
    claims["measurement"] = to_hex(report.measurement);
    claims["report_data"] = to_hex(report.report_data);
    claims["init_data"] = to_hex(report.host_data);
    claims["chip_id"] = to_hex(report.chip_id);
    claims["family_id"] = to_hex(report.family_id);
    claims["image_id"] = to_hex(report.image_id);
    claims["id_key_digest"] = to_hex(report.id_key_digest);
    claims["author_key_digest"] = to_hex(report.author_key_digest);
    claims["guest_svn"] = report.guest_svn;
    claims["vmpl"] = report.vmpl;
    claims["policy_abi_major"] = (report.policy >> 8U) & 0xFFU;
    claims["policy_abi_minor"] = report.policy & 0xFFU;
    claims["policy_smt_allowed"] = (report.policy & snp::k_policy_smt) != 0;
    claims["policy_migrate_ma"] = (report.policy & snp::k_policy_migrate_ma) != 0;
    claims["policy_debug_allowed"] = (report.policy & snp::k_policy_debug) != 0;
    claims["policy_single_socket"] = (report.policy & snp::k_policy_single_socket) != 0;
    claims["platform_smt_enabled"] = (report.platform_info & 1U) != 0;
    claims["platform_tsme_enabled"] = (report.platform_info & 2U) != 0;
    claims["product"] = snp::name_of(product);
    return claims;
}

Result<Outcome> verify_sev_snp(const json::Node& evidence, const Collateral& collateral,
                               const Expectations& expected) {
    RDT_TRY(const auto bytes, encode_snp_report(evidence["attestation_report"]));
    RDT_TRY(const auto parsed, snp::parse_report(bytes));
    snp::Endorsements endorsements{{}, collateral.snp_revocation_lists};
    RDT_CHECK(add_snp_chain(evidence["cert_chain"], endorsements));
    add_collateral(parsed, collateral, endorsements);
    snp::Policy policy;
    policy.allows_simulation = expected.allows_simulation;
    policy.allows_vlek = expected.allows_vlek;
    policy.revocation = collateral.revocation;
    policy.report_data = expected.report_data;
    auto verdict = snp::verify_report(bytes, endorsements, collateral.amd, policy, expected.at);
    Outcome outcome{std::move(verdict.explanation), std::nullopt};
    if (!verdict.verified) return outcome;
    const auto& report = verdict.verified->report();
    Claims claims;
    claims.tee = "snp";
    claims.values = snp_policy_claims(report, verdict.verified->product());
    claims.launch["snp_launch_measurement"] = to_hex(report.measurement);
    claims.report_data = to_hex(report.report_data);
    claims.anchor_class = verdict.verified->anchor_class();
    claims.is_debug = (report.policy & snp::k_policy_debug) != 0;
    claims.vmpl = report.vmpl;
    if (!tee::is_zero(report.chip_id)) claims.chip_id = to_hex(report.chip_id);
    check_init_data(outcome.explanation, claims, report.host_data, expected);
    if (outcome.explanation.is_accepted()) outcome.claims = std::move(claims);
    return outcome;
}

} // namespace redoubt::services::attestation
