// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <iterator>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/cli/evidence_verify.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/cli/tdx_collateral.hpp"
#include "common/tee/event_log/log_claims.hpp"
#include "common/tee/tdx/render.hpp"

namespace redoubt::tee::cli {
namespace {

namespace bj = boost::json;

Result<tdx::Policy> read_policy(const EvidenceOptions& options) {
    tdx::Policy policy;
    policy.allows_debug = options.allow_debug;
    policy.allows_migration = options.allow_migration;
    policy.allows_simulation = options.allow_simulation;
    policy.evaluation_number_floor = options.min_evaluation_number;
    policy.advisories = options.allow_advisories;
    for (const auto& name : options.allow_status) {
        RDT_TRY(const auto status, tdx::parse_tcb_status(name).transform_error(context("--allow-status")));
        policy.statuses.push_back(status);
    }
    RDT_TRY(policy.mr_td, read_hex_list("--measurement", options.measurements, 48));
    RDT_TRY(policy.mr_config_id, read_hex_list("--host-data", options.host_data, 48));
    for (const auto& text : options.registers) {
        const auto equals = text.find('=');
        if (equals == std::string::npos)
            return fail(Code::invalid_argument, "--register: '{}' is not NAME=HEX", text);
        RDT_TRY(policy.registers[text.substr(0, equals)], read_hex("--register", text.substr(equals + 1)));
    }
    if (!options.report_data.empty()) {
        RDT_TRY(policy.report_data, read_hex("--report-data", options.report_data));
        if (policy.report_data->size() > 64)
            return fail(Code::invalid_argument, "--report-data: more than 64 bytes");
    }
    return policy;
}

Result<std::vector<TrustAnchor>> read_anchors(const EvidenceOptions& options) {
    RDT_TRY(auto anchors, load_anchors(options.anchors));
    RDT_TRY(auto built_in, tdx::production_anchors());
    // The operator's come first: a look-alike of the same name is then judged against the one he means.
    std::ranges::move(built_in, std::back_inserter(anchors));
    return anchors;
}

/// A log alone: its form, and the registers it gives against those the caller expects.
bj::object verify_log(const EvidenceOptions& options, const tdx::Policy& policy, const std::string& at,
                      std::string_view bytes) {
    const auto log = bytes.starts_with('[') ? parse_json_event_log(bytes) : parse_event_log(bytes);
    Explanation explanation;
    explanation.check(Stage::format, "log.format", log.has_value(), "a CCEL",
                      log ? std::format("{} events", log->events.size()) : log.error().message, "TCG PFP 10");
    if (!log) return make_document(options, at, explanation);
    std::map<std::uint32_t, std::string> registers;
    for (std::uint32_t i = 0; i < 4; ++i)
        if (const auto found = policy.registers.find(std::format("rtmr{}", i));
            found != policy.registers.end())
            registers[i + 1] = found->second;
    check_log(explanation, *log, Hash::sha384, registers);
    auto document = make_document(options, at, explanation);
    document["event_log"] = log_json(*log);
    bj::object values;
    if (const auto replayed = replay(*log, Hash::sha384))
        for (const auto& [index, value] : *replayed)
            if (index > 0) values[std::to_string(index - 1)] = encoding::to_hex(value);
    document["replay_rtmr"] = std::move(values);
    document["log"] = events_json(*log);
    return document;
}

/// A TDREPORT is shown and always refused: its MAC is the processor's own.
bj::object show_local_report(const EvidenceOptions& options, const std::string& at, std::string_view bytes) {
    const auto report = tdx::parse_local_report(bytes);
    Explanation explanation;
    explanation.check(Stage::format, "tdreport.format", report.has_value(), "a TDREPORT",
                      report ? "1024 bytes" : report.error().message, "Intel TDX module ABI");
    explanation.check(Stage::crypto, "tdreport.remote", false, "a quote",
                      "a local report, whose MAC only its processor can verify", "Intel TDX module ABI");
    auto document = make_document(options, at, explanation);
    if (report) {
        document["reportdata"] = encoding::to_hex(report->report_data);
        document["tdattributes"] = encoding::to_hex(report->td_attributes);
        document["mrtd"] = encoding::to_hex(report->mr_td);
        document["mrconfigid"] = encoding::to_hex(report->mr_config_id);
    }
    return document;
}

} // namespace

Result<bj::object> verify_tdx(const EvidenceOptions& options) {
    RDT_TRY(const auto at, time_of(options));
    const auto shown = render_time(at);
    RDT_TRY(const auto policy, read_policy(options));
    RDT_TRY(const auto anchors, read_anchors(options));
    RDT_TRY(const auto bytes, read_file(options.evidence));
    if (options.kind == "event-log") return verify_log(options, policy, shown, bytes);
    if (options.kind == "td-report") return show_local_report(options, shown, bytes);
    if (options.kind != "evidence")
        return fail(Code::invalid_argument, "--kind '{}': tdx has evidence, event-log and td-report",
                    options.kind);
    const auto collateral = load_collateral(options);
    if (!collateral && collateral.error().code != Code::invalid_argument &&
        collateral.error().code != Code::resource_exhausted)
        return std::unexpected(collateral.error());
    if (!collateral) return malformed(options, shown, collateral.error());
    std::optional<EventLog> log;
    if (!options.event_log.empty()) {
        RDT_TRY(const auto text, read_file(options.event_log));
        auto parsed = text.starts_with('[') ? parse_json_event_log(text) : parse_event_log(text);
        if (!parsed) return malformed(options, shown, parsed.error().within(options.event_log));
        log = *std::move(parsed);
    }
    const auto verdict = tdx::verify_quote(bytes, *collateral, anchors, policy, at, log ? &*log : nullptr);
    auto document = make_document(options, shown, verdict.explanation);
    for (auto& member : tdx::verdict_json(verdict)) document[member.key()] = member.value();
    if (log) document["event_log"] = log_json(*log);
    return document;
}

} // namespace redoubt::tee::cli
