// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <iterator>

#include "common/base/file.hpp"
#include "common/tee/az_vtpm/hcl_report.hpp"
#include "common/tee/cli/evidence_verify.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/cli/tdx_collateral.hpp"
#include "common/tee/cli/tpm_inputs.hpp"
#include "common/tee/event_log/log_claims.hpp"
#include "common/tee/tpm/render.hpp"

namespace redoubt::tee::cli {
namespace {

namespace bj = boost::json;

bool is_malformed(const Error& error) {
    return error.code == Code::invalid_argument || error.code == Code::resource_exhausted;
}

Result<std::vector<TrustAnchor>> read_anchors(const EvidenceOptions& options) {
    RDT_TRY(auto anchors, tpm::production_anchors());
    RDT_TRY(auto given, load_anchors(options.anchors));
    std::ranges::move(given, std::back_inserter(anchors));
    return anchors;
}

Result<bj::object> verify_log(const EvidenceOptions& options, const std::string& at) {
    RDT_TRY(const auto bytes, read_file(options.evidence));
    RDT_TRY(const auto policy, read_tpm_policy(options));
    const auto log = parse_event_log(bytes);
    Explanation explanation;
    explanation.check(Stage::format, "log.format", log.has_value(), "an event log",
                      log ? std::format("{} events", log->events.size()) : log.error().message, "TCG PFP 10");
    if (!log) return make_document(options, at, explanation);
    tpm::PcrValues values = policy.expected;
    if (!options.pcrs.empty()) {
        RDT_TRY(const auto text, read_file(options.pcrs));
        RDT_TRY(values, tpm::parse_pcr_values(text).transform_error(context("{}", options.pcrs)));
    }
    if (values.empty())
        check_log(explanation, *log, log->banks.empty() ? Hash::sha256 : log->banks.back(), {});
    for (const auto& [bank, registers] : values) check_log(explanation, *log, bank, registers);
    auto document = make_document(options, at, explanation);
    for (auto& member : log_json(*log)) document[member.key()] = member.value();
    document["log"] = events_json(*log);
    return document;
}

Result<bj::object> verify_creation(const EvidenceOptions& options, const std::string& at) {
    if (options.ak.empty() || options.signature.empty())
        return fail(Code::invalid_argument, "--kind creation needs --ak and --signature");
    const auto inputs = load_tpm_inputs(options);
    if (!inputs && !is_malformed(inputs.error())) return std::unexpected(inputs.error());
    if (!inputs) return malformed(options, at, inputs.error());
    if (!inputs->key->area)
        return fail(Code::invalid_argument, "--ak: a certified creation needs the key's public area");
    std::string creation_data;
    if (!options.creation_data.empty()) {
        RDT_TRY(creation_data, read_file(options.creation_data));
    }
    const auto verdict = tpm::verify_creation(
        inputs->message, inputs->signature, *inputs->key->area,
        options.creation_data.empty() ? std::nullopt : std::optional<std::string_view>(creation_data));
    auto document = make_document(options, at, verdict.explanation);
    if (verdict.attest) document["attest"] = tpm::attest_json(*verdict.attest);
    document["ak"] = tpm::public_json(*inputs->key->area);
    return document;
}

Result<bj::object> verify_key_certificate(const EvidenceOptions& options, const std::string& at_text,
                                          Time at) {
    RDT_TRY(const auto anchors, read_anchors(options));
    RDT_TRY(const auto bytes, read_file(options.evidence));
    const auto leaf = Certificate::parse(bytes);
    if (!leaf) return malformed(options, at_text, leaf.error());
    const auto pool = load_pool(options.certs);
    if (!pool && !is_malformed(pool.error())) return std::unexpected(pool.error());
    if (!pool) return malformed(options, at_text, pool.error());
    const auto verdict = tpm::verify_certificate(
        *leaf, pool->certificates, pool->revocation_lists, anchors,
        options.require_crl ? RevocationRule::required : RevocationRule::when_given, at);
    auto document = make_document(options, at_text, verdict.explanation);
    bj::array chain;
    for (const auto& name : verdict.chain) chain.emplace_back(name);
    bj::array extensions;
    for (const auto& oid : leaf->extension_oids()) extensions.emplace_back(oid);
    document["chain"] = std::move(chain);
    document["extensions"] = std::move(extensions);
    document["key"] = leaf->public_key().kind();
    document["validity"] = {render_time(leaf->not_before()), render_time(leaf->not_after())};
    document["anchor_class"] = verdict.anchor_class ? bj::value(name_of(*verdict.anchor_class)) : bj::value();
    return document;
}

/// The evidence behind the paravisor's report, by the TEE it names.
Result<az_vtpm::Verdict> verify_hardware(const EvidenceOptions& options, const az_vtpm::HclReport& report,
                                         Time at) {
    const auto revocation = options.require_crl ? RevocationRule::required : RevocationRule::when_given;
    RDT_TRY(const auto given, load_anchors(options.anchors));
    if (report.kind == az_vtpm::HardwareKind::snp) {
        RDT_TRY(auto authorities, sev_snp::production_authorities());
        std::ranges::copy(given, std::back_inserter(authorities.anchors));
        RDT_TRY(auto pool, load_pool(options.certs));
        sev_snp::Policy policy;
        policy.revocation = revocation;
        policy.allows_debug = options.allow_debug;
        policy.allows_simulation = options.allow_simulation;
        RDT_TRY(policy.measurements, read_hex_list("--measurement", options.measurements, 48));
        return az_vtpm::verify_snp(report, {std::move(pool.certificates), std::move(pool.revocation_lists)},
                                   authorities, policy, at);
    }
    if (options.td_quote.empty())
        return fail(Code::failed_precondition, "--hcl-report of a TD needs --td-quote");
    RDT_TRY(const auto quote, read_file(options.td_quote));
    RDT_TRY(const auto collateral, load_collateral(options));
    RDT_TRY(auto anchors, tdx::production_anchors());
    std::ranges::copy(given, std::back_inserter(anchors));
    tdx::Policy policy;
    policy.allows_debug = options.allow_debug;
    policy.allows_simulation = options.allow_simulation;
    policy.advisories = options.allow_advisories;
    for (const auto& name : options.allow_status) {
        RDT_TRY(const auto status, tdx::parse_tcb_status(name));
        policy.statuses.push_back(status);
    }
    RDT_TRY(policy.mr_td, read_hex_list("--measurement", options.measurements, 48));
    return az_vtpm::verify_tdx(report, quote, collateral, anchors, policy, at);
}

/// The certificate of the attestation key, which has to be of the same key and to chain to an anchor.
Status trust_certificate(const EvidenceOptions& options, Time at, TpmInputs& inputs,
                         Explanation& explanation) {
    RDT_TRY(const auto anchors, read_anchors(options));
    RDT_TRY(const auto bytes, read_file(options.ak_cert));
    RDT_TRY(const auto leaf, Certificate::parse(bytes).transform_error(context("{}", options.ak_cert)));
    RDT_TRY(const auto pool, load_pool(options.certs));
    const auto verdict = tpm::verify_certificate(
        leaf, pool.certificates, pool.revocation_lists, anchors,
        options.require_crl ? RevocationRule::required : RevocationRule::when_given, at);
    for (const Claim& claim : verdict.explanation.claims())
        if (claim.finding != Finding::unchecked)
            explanation.check(claim.stage, "ak." + claim.name, claim.finding == Finding::passed,
                              claim.expected, claim.got, claim.source);
    if (!inputs.key) inputs.key = tpm::AttestationKey{leaf.public_key(), std::nullopt, tpm::KeyTrust::none};
    const bool is_same = inputs.key->key.spki() == leaf.public_key().spki();
    explanation.check(Stage::crypto, "ak.certificate_key", is_same, "the attestation key's",
                      is_same ? "the same" : "another key", "certificate of the attestation key");
    const bool is_class = verdict.anchor_class &&
                          (*verdict.anchor_class != AnchorClass::simulation || options.allow_simulation);
    if (is_same && verdict.explanation.is_accepted() && is_class)
        inputs.key->trust = tpm::KeyTrust::certified;
    return {};
}

Result<bj::object> verify_evidence_files(const EvidenceOptions& options, const tpm::Policy& policy,
                                         const std::string& at_text, Time at) {
    RDT_TRY(auto inputs, load_tpm_inputs(options));
    Explanation before;
    bj::object values;
    if (!options.hcl_report.empty()) {
        RDT_TRY(const auto bytes, read_file(options.hcl_report));
        RDT_TRY(const auto report, az_vtpm::parse_hcl_report(bytes));
        RDT_TRY(auto hardware, verify_hardware(options, report, at));
        before = std::move(hardware.explanation);
        values = std::move(hardware.document);
        const bool is_same = !inputs.key || inputs.key->key.spki() == report.attestation_key.spki();
        before.check(Stage::crypto, "hcl.attestation_key", is_same, "HCLAkPub of the runtime data",
                     is_same ? "the same" : "another key", "--ak");
        inputs.key =
            tpm::AttestationKey{report.attestation_key, std::nullopt,
                                hardware.attestation_key ? tpm::KeyTrust::hardware : tpm::KeyTrust::none};
    }
    if (!options.ak_cert.empty()) RDT_CHECK(trust_certificate(options, at, inputs, before));
    if (!inputs.key)
        return fail(Code::failed_precondition, "no attestation key: --ak, --ak-cert or --hcl-report");
    const tpm::QuoteEvidence evidence{inputs.message, inputs.signature,
                                      inputs.values ? &*inputs.values : nullptr,
                                      inputs.log ? &*inputs.log : nullptr};
    const auto verdict = tpm::verify_quote(evidence, *inputs.key, policy);
    for (const Claim& claim : verdict.explanation.claims()) {
        if (claim.finding == Finding::unchecked)
            before.skip(claim.stage, claim.name, claim.expected, claim.source);
        else
            before.check(claim.stage, claim.name, claim.finding == Finding::passed, claim.expected, claim.got,
                         claim.source);
    }
    auto document = make_document(options, at_text, before);
    for (auto& member : values) document[member.key()] = member.value();
    if (verdict.attest) document["attest"] = tpm::attest_json(*verdict.attest);
    if (verdict.signature)
        document["signature"] = {tpm::name_of(verdict.signature->scheme), name_of(verdict.signature->hash)};
    if (inputs.key->area) document["ak"] = tpm::public_json(*inputs.key->area);
    document["ak_trust"] = tpm::name_of(inputs.key->trust);
    if (inputs.log) document["event_log"] = log_json(*inputs.log);
    return document;
}

} // namespace

Result<bj::object> verify_tpm(const EvidenceOptions& options) {
    RDT_TRY(const auto at, time_of(options));
    const auto shown = render_time(at);
    if (options.kind == "event-log") return verify_log(options, shown);
    if (options.kind == "creation") return verify_creation(options, shown);
    if (options.kind == "certificate") return verify_key_certificate(options, shown, at);
    if (options.kind != "evidence")
        return fail(Code::invalid_argument,
                    "--kind '{}': tpm has evidence, event-log, creation and certificate", options.kind);
    RDT_TRY(const auto policy, read_tpm_policy(options));
    auto document = verify_evidence_files(options, policy, shown, at);
    if (!document && is_malformed(document.error())) return malformed(options, shown, document.error());
    return document;
}

} // namespace redoubt::tee::cli
