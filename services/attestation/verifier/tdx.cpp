// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>

#include "common/encoding/hex.hpp"
#include "common/tee/event_log/log_claims.hpp"
#include "common/tee/event_log/runtime_events.hpp"
#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/tdx/render.hpp"
#include "services/attestation/verifier/tdx_claims.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;
namespace tdx = tee::tdx;
using encoding::to_hex;

constexpr std::size_t k_max_log = 4U << 20U;
/// Data of an event that a token still shows: it travels in a header.
constexpr std::size_t k_most_data = 256;
constexpr std::string_view k_tee_type{"\x81\0\0\0", 4}; ///< as the quote's header has it

Result<std::optional<tee::EventLog>> read_log(const json::Node& node) {
    if (!node.is_present()) return std::optional<tee::EventLog>();
    RDT_TRY(const auto bytes, base64_member(node));
    if (bytes.empty()) return std::optional<tee::EventLog>();
    if (bytes.size() > k_max_log) return node.wrong("an event log of more than 4 MiB");
    RDT_TRY(auto log, tee::parse_event_log(bytes).transform_error(context("{}", node.path())));
    return std::optional(std::move(log));
}

/// Events as policies see them: what a workload said in its words, large data by its digests alone.
bj::array event_claims(const tee::EventLog& log) {
    auto list = tee::events_json(log);
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto& event = log.events[i];
        auto& shown = list[i].as_object();
        bj::value type = shown["type"]; // an insertion may move what a reference names
        shown["type_name"] = std::move(type);
        if (event.data.size() > k_most_data) shown.erase("data");
        const auto said = tee::runtime_event_of(event);
        if (!said || shown["data_is"] != "bound") continue;
        shown.erase("data");
        shown["details"] = {
            {"unicode_name", "AAEL"},
            {"data", {{"domain", said->domain}, {"operation", said->operation}, {"content", said->content}}}};
    }
    return list;
}

/// A register that only a running guest extends has no value that nobody explains. Boot registers without
/// events are the reference values' matter.
void check_runtime_register(tee::Explanation& explanation, const tdx::TdReport& td,
                            const std::optional<tee::EventLog>& log) {
    const auto& value = td.rtmr[tee::k_runtime_rtmr];
    const bool is_told = log && std::ranges::contains(log->events, tee::k_runtime_index, &tee::Event::index);
    explanation.check(tee::Stage::crypto, "log.runtime", is_told || tee::is_zero(value),
                      "an event log that tells of RTMR3, or zeros", is_told ? "a log" : to_hex(value),
                      "quote");
}

/// TD attributes by the names that policies know. Source: Intel TDX module ABI, TD_ATTRIBUTES.
bj::object attribute_claims(const tdx::TdReport& td) {
    const auto bits = tee::ByteReader(td.td_attributes).u64();
    const auto has = [&](unsigned bit) { return ((bits >> bit) & 1U) != 0; };
    return {{"debug", (bits & tdx::k_attribute_debug) != 0},
            {"septve_disable", (bits & tdx::k_attribute_sept_ve_disable) != 0},
            {"protection_keys", has(30)},
            {"key_locker", has(31)},
            {"perfmon", has(63)}};
}

} // namespace

Result<tdx::Policy> tdx_policy(const Expectations& expected) {
    tdx::Policy policy;
    policy.allows_simulation = expected.allows_simulation;
    policy.advisories = expected.advisories;
    for (const auto& name : expected.tcb_statuses) {
        RDT_TRY(const auto status, tdx::parse_tcb_status(name));
        policy.statuses.push_back(status);
    }
    return policy;
}

bj::object tdx_policy_claims(const tdx::VerifiedQuote& verified) {
    const auto& quote = verified.quote();
    const auto& td = *quote.td;
    bj::object body = tdx::body_json(td);
    // Names as other attestation services give them to their policies.
    static constexpr std::array<const char*, 4> k_registers{"rtmr_0", "rtmr_1", "rtmr_2", "rtmr_3"};
    for (std::size_t i = 0; i < k_registers.size() && i < td.rtmr.size(); ++i)
        body[k_registers.at(i)] = to_hex(td.rtmr[i]);
    body["mr_td"] = to_hex(td.mr_td);
    body["mr_seam"] = to_hex(td.mr_seam);
    body["mrsigner_seam"] = to_hex(td.mr_signer_seam);
    body["seam_attributes"] = to_hex(td.seam_attributes);
    body["tcb_svn"] = to_hex(td.tee_tcb_svn);
    body["td_attributes"] = to_hex(td.td_attributes);
    body["mr_config_id"] = to_hex(td.mr_config_id);
    body["mr_owner"] = to_hex(td.mr_owner);
    body["mr_owner_config"] = to_hex(td.mr_owner_config);
    body["xfam"] = to_hex(td.xfam);
    body["report_data"] = to_hex(td.report_data);
    bj::object header{{"version", quote.version},
                      {"tee_type", to_hex(k_tee_type)},
                      {"vendor_id", to_hex(quote.qe_vendor_id)},
                      {"user_data", to_hex(quote.user_data)}};
    bj::object claims{{"quote", {{"header", std::move(header)}, {"body", std::move(body)}}}};
    claims["td_attributes"] = attribute_claims(td);
    if (verified.tcb().overall) claims["tcb_status"] = tdx::name_of(*verified.tcb().overall);
    bj::array advisories;
    for (const auto& advisory : verified.tcb().advisories) advisories.emplace_back(advisory);
    claims["advisory_ids"] = std::move(advisories);
    return claims;
}

bool is_debuggable(const bj::object& claims) {
    return claims.at("td_attributes").at("debug").as_bool();
}

void fill_tdx_claims(const tdx::VerifiedQuote& verified, Claims& claims) {
    const auto& td = *verified.quote().td;
    claims.values = tdx_policy_claims(verified);
    claims.launch["mr_td"] = to_hex(td.mr_td);
    claims.report_data = to_hex(td.report_data);
    claims.anchor_class = verified.anchor_class();
    claims.is_debug = is_debuggable(claims.values);
    for (std::size_t i = 0; i < td.rtmr.size(); ++i)
        claims.pcrs[std::format("rtmr_{}", i)] = to_hex(td.rtmr[i]);
    // The firmware is in MRTD; kernel, command line and initramfs are in these two.
    for (const auto* name : {"rtmr_1", "rtmr_2"}) claims.launch[name] = claims.pcrs[name];
}

Result<Outcome> verify_tdx(const json::Node& evidence, const Collateral& collateral,
                           const Expectations& expected) {
    RDT_TRY(const auto quote, base64_member(evidence["quote"]));
    RDT_TRY(const auto log, read_log(evidence["cc_eventlog"]));
    RDT_TRY(auto policy, tdx_policy(expected));
    policy.report_data = expected.report_data;
    auto verdict = judge_by_family(collateral, [&](const tdx::Collateral& family) {
        return tdx::verify_quote(quote, family, collateral.intel_anchors, policy, expected.at,
                                 log ? &*log : nullptr);
    });
    Outcome outcome{std::move(verdict.explanation), std::nullopt};
    if (!verdict.verified || !verdict.verified->quote().td) return outcome;
    Claims claims;
    claims.tee = "tdx";
    fill_tdx_claims(*verdict.verified, claims);
    if (log) claims.values["uefi_event_logs"] = event_claims(*log);
    check_runtime_register(outcome.explanation, *verdict.verified->quote().td, log);
    check_init_data(outcome.explanation, claims, verdict.verified->quote().td->mr_config_id, expected);
    if (outcome.explanation.is_accepted()) outcome.claims = std::move(claims);
    return outcome;
}

} // namespace redoubt::services::attestation
