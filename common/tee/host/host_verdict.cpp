// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/host/host_verdict.hpp"

#include <algorithm>

#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/event_log/log_claims.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "common/tee/sev_snp/json_evidence.hpp"
#include "common/tee/tpm/verifier.hpp"

namespace redoubt::tee::host {
namespace {

using encoding::to_hex;

constexpr std::uint32_t k_pcr_boot = 4;
constexpr std::uint32_t k_pcr_secure_boot = 7;
constexpr std::uint32_t k_pcr_kernel = 11;
/// PCRs of the firmware: what comes after it extends the others without the firmware's log.
constexpr std::uint32_t k_firmware_pcrs = 8;
/// As guest-image/workload_api/evidence_binding.hpp has it.
constexpr std::string_view k_workload_domain = "org.redoubt.workload-evidence.v1";

void append(Explanation& to, const Explanation& from) {
    for (const auto& claim : from.claims()) {
        if (claim.finding == Finding::unchecked)
            to.skip(claim.stage, claim.name, claim.expected, claim.source);
        else
            to.check(claim.stage, claim.name, claim.finding == Finding::passed, claim.expected, claim.got,
                     claim.source);
    }
}

const EnrolledNode* find_node(const std::vector<EnrolledNode>& nodes, const std::string& key) {
    const auto found = std::ranges::find(nodes, key, &EnrolledNode::attestation_key);
    return found == nodes.end() ? nullptr : &*found;
}

/// Every PCR that is judged has to be quoted.
tpm::Policy quote_policy(const HostExpectations& expected, const std::string& quoted) {
    tpm::Policy policy;
    policy.nonce = quoted;
    tpm::PcrSelection wanted{Hash::sha256, {}};
    for (std::uint32_t pcr = 0; pcr < k_firmware_pcrs; ++pcr) wanted.pcrs.push_back(pcr);
    for (const auto& [pcr, values] : expected.reference)
        if (pcr >= k_firmware_pcrs) wanted.pcrs.push_back(pcr);
    policy.required = {wanted};
    return policy;
}

void check_reference(Explanation& explanation, const HostEvidence& evidence, const BootReference& reference) {
    for (const auto& [pcr, allowed] : reference) {
        const auto& got = evidence.pcrs.at(pcr);
        const auto found = std::ranges::find(allowed, got, &AllowedPcr::value);
        std::string expected;
        for (const auto& one : allowed) expected += (expected.empty() ? "" : " or ") + to_hex(one.value);
        explanation.check(Stage::policy, std::format("reference.pcr{}", pcr), found != allowed.end(),
                          expected, to_hex(got), found != allowed.end() ? found->source : allowed[0].source);
    }
    const bool has_signer = reference.contains(k_pcr_secure_boot) && reference.contains(k_pcr_kernel);
    const bool has_boot = reference.contains(k_pcr_boot) || has_signer;
    explanation.check(Stage::policy, "reference.boot_chain", has_boot,
                      "references for PCR 4 (what was booted), or for 7 (who may sign what boots) and 11",
                      has_boot ? "given" : "not given: anything could have been booted", "reference values");
}

void check_boot_log(Explanation& explanation, const HostEvidence& evidence) {
    if (evidence.event_log.empty()) {
        explanation.skip(Stage::crypto, "log.replay", "a log that explains PCR 0 to 7",
                         "the node sent no event log");
        return;
    }
    const auto log = parse_event_log(evidence.event_log);
    if (!explanation.check(Stage::format, "log.format", log.has_value(), "an event log",
                           log ? std::format("{} events", log->events.size()) : log.error().message,
                           "TCG PFP 10"))
        return;
    std::map<std::uint32_t, std::string> proved;
    for (std::uint32_t pcr = 0; pcr < k_firmware_pcrs; ++pcr) proved[pcr] = evidence.pcrs.at(pcr);
    check_log(explanation, *log, Hash::sha256, proved);
}

/// The quote, and whether its key is one that was enrolled.
void check_quote(HostVerdict& verdict, const HostEvidence& evidence, const tpm::PublicArea& area,
                 const HostExpectations& expected) {
    auto& explanation = verdict.explanation;
    const auto key = encoding::to_base64(area.key.spki());
    const auto* node = find_node(expected.nodes, key);
    explanation.check(Stage::policy, "enrolment.attestation_key", node != nullptr,
                      std::format("one of {} keys", expected.nodes.size()), key,
                      expected.nodes_source.empty() ? "no enrolment given" : expected.nodes_source);
    const auto quoted = quoted_data(expected.nonce, expected.guest_digest);
    if (!explanation.check(Stage::format, "quote.expected", quoted.has_value(), "a nonce of 32 bytes",
                           quoted ? "given" : quoted.error().message, "the caller"))
        return;
    tpm::PcrValues values;
    for (std::uint32_t pcr = 0; pcr < k_pcrs; ++pcr) values[Hash::sha256][pcr] = evidence.pcrs.at(pcr);
    const tpm::AttestationKey attestation_key{
        area.key, area, node != nullptr ? tpm::KeyTrust::enrolled : tpm::KeyTrust::none};
    append(explanation, tpm::verify_quote({evidence.message, evidence.signature, &values, nullptr},
                                          attestation_key, quote_policy(expected, *quoted))
                            .explanation);
    check_boot_log(explanation, evidence);
    check_reference(explanation, evidence, expected.reference);
    if (explanation.is_accepted() && node != nullptr) verdict.node = *node;
}

/// Report data of the workload API's evidence. Errors: internal.
Result<std::string> workload_binding(const GuestExpectations& expected) {
    constexpr std::string_view k_nul{"\0", 1};
    return hash_of(Hash::sha512,
                   {k_workload_domain, k_nul, expected.container, k_nul, expected.runtime_data});
}

std::string list_of(const std::vector<std::string>& values) {
    return values.empty() ? "none" : std::format("{}", values.size());
}

sev_snp::Policy guest_policy(const GuestExpectations& expected) {
    sev_snp::Policy policy;
    policy.allows_simulation = expected.allows_simulation;
    policy.revocation = expected.revocation;
    policy.measurements = expected.measurements;
    policy.host_data = expected.host_data;
    // Digests of init data are cut, or filled with zeros, to the field.
    for (auto& digest : policy.host_data) digest.resize(k_digest_size, '\0');
    return policy;
}

void judge_guest(GuestVerdict& verdict, const std::string& report, const sev_snp::Endorsements& endorsements,
                 const GuestExpectations& expected, const std::string& binding) {
    auto judged = sev_snp::verify_report(report, endorsements, expected.authorities, guest_policy(expected),
                                         expected.at);
    append(verdict.guest, judged.explanation);
    // An empty list would mean that the value is not looked at.
    verdict.guest.check(Stage::policy, "reference.measurement", !expected.measurements.empty(),
                        "measurements of guests", list_of(expected.measurements), "the caller");
    verdict.guest.check(Stage::policy, "reference.init_data", !expected.host_data.empty(),
                        "digests of init data", list_of(expected.host_data), "the caller");
    const auto got = judged.report ? judged.report->report_data : std::string();
    verdict.container.check(Stage::crypto, "container.binding", equal_in_constant_time(binding, got),
                            to_hex(binding), to_hex(got),
                            std::format("container {} and its runtime data", expected.container));
    verdict.container.check(Stage::crypto, "container.guest", verdict.guest.is_accepted(),
                            "a guest that is believed", verdict.guest.is_accepted() ? "accepted" : "refused",
                            "the guest's verdict");
    if (judged.verified && verdict.guest.is_accepted() && !is_zero(judged.verified->report().chip_id))
        verdict.chip_id = to_hex(judged.verified->report().chip_id);
}

struct ReadGuest {
    std::string report;
    sev_snp::Endorsements endorsements;
};

Result<ReadGuest> read_guest(std::string_view evidence, const GuestExpectations& expected) {
    RDT_TRY(const auto document, json::parse("guest's evidence", evidence));
    const auto root = document.root();
    if (!root["attestation_report"].is_present())
        return fail(Code::unimplemented, "evidence of guests other than SEV-SNP's is not implemented here");
    ReadGuest read{{}, expected.endorsements};
    RDT_TRY(read.report, sev_snp::encode_snp_report(root["attestation_report"]));
    RDT_CHECK(sev_snp::add_snp_chain(root["cert_chain"], read.endorsements));
    return read;
}

} // namespace

HostVerdict verify_host(std::string_view text, const HostExpectations& expected) {
    HostVerdict verdict;
    const auto evidence = parse_host_evidence(text);
    if (!verdict.explanation.check(Stage::format, "host.format", evidence.has_value(), k_evidence_format,
                                   evidence ? "well formed" : evidence.error().message, "the node"))
        return verdict;
    const auto area = tpm::parse_public(evidence->ak_public);
    if (!verdict.explanation.check(Stage::format, "ak.format", area.has_value(), "TPM2B_PUBLIC",
                                   area ? "well formed" : area.error().message, "the node"))
        return verdict;
    check_quote(verdict, *evidence, *area, expected);
    return verdict;
}

Result<GuestVerdict> verify_guest(std::string_view evidence, const GuestExpectations& expected) {
    RDT_TRY(const auto binding, workload_binding(expected));
    GuestVerdict verdict;
    const auto read = read_guest(evidence, expected);
    verdict.guest.check(Stage::format, "guest.format", read.has_value(), "an SNP guest's evidence",
                        read ? "well formed" : read.error().message, "the evidence given");
    if (!read) {
        verdict.container.check(Stage::format, "container.guest", false, "a guest that is believed",
                                "malformed evidence", "the guest's verdict");
        return verdict;
    }
    judge_guest(verdict, read->report, read->endorsements, expected, binding);
    return verdict;
}

void check_same_box(Explanation& explanation, const std::optional<EnrolledNode>& node,
                    std::string_view chip_id, const std::string& source) {
    const std::string expected =
        !node ? "no host is believed" : (node->chip_id.empty() ? "no chip is enrolled" : node->chip_id);
    const bool is_same = node && !node->chip_id.empty() && node->chip_id == chip_id;
    explanation.check(Stage::policy, "enrolment.chip_id", is_same, expected,
                      chip_id.empty() ? "no chip" : chip_id, source);
}

} // namespace redoubt::tee::host
