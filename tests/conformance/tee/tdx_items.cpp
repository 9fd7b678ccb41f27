// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "tests/conformance/tee/suite.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::cli::EvidenceOptions;

/// A time inside the item's narrowest window: its first second.
std::string time_of(const bj::object& item) {
    const auto* window = item.if_contains("valid_as_of");
    if (window == nullptr || !window->is_object()) return "2025-07-01";
    for (const char* name : {"collateral_window", "tcbinfo", "pck"}) {
        if (!window->as_object().contains(name)) continue;
        const auto text = std::string(window->as_object().at(name).as_array().front().as_string());
        return name == std::string_view("pck") ? text.substr(0, 10) + "T23:59:59Z" : text;
    }
    return "2025-07-01";
}

bool has_file(const bj::object& item, std::string_view name) {
    return std::ranges::any_of(item.at("files").as_array(), [name](const bj::value& file) {
        return std::string_view(file.as_string()).ends_with(name);
    });
}

EvidenceOptions options_of(Suite& suite, const bj::object& item) {
    const auto id = text_of(item, "id");
    EvidenceOptions options{.tee = "tdx",
                            .evidence = suite.path(id + "/quote.bin"),
                            .certs = {suite.path("roots")},
                            .at = time_of(item)};
    if (has_file(item, "collateral/tcb_info.json"))
        options.collateral = suite.path(id + "/collateral");
    else if (has_file(item, "tcbinfo_response.json"))
        options.collateral = suite.path(id);
    if (has_file(item, "ccel_data.bin")) options.event_log = suite.path(id + "/ccel_data.bin");
    if (has_file(item, "event_log.json")) options.event_log = suite.path(id + "/event_log.json");
    return options;
}

std::string judge_tcb(const bj::object& expected, const bj::object& document) {
    if (!expected.contains("tcb")) return {};
    return difference(expected.at("tcb"), document.contains("tcb") ? document.at("tcb") : bj::value(), "tcb");
}

/// With another item's TCB info, as tcb_with_... asks.
std::string judge_borrowed(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    for (const auto& [member, lender] : {std::pair("tcb_with_v4_spr_tcbinfo", "v4-spr-tcb-not-supported"),
                                         std::pair("tcb_with_gcp_tcbinfo", "v4-gcp-with-ccel")}) {
        if (!expected.contains(member)) continue;
        auto options = options_of(suite, item);
        options.tcb_info = suite.path(std::string(lender) + "/tcbinfo_response.json");
        options.at = time_of(suite.item(lender));
        const auto document = verify(options);
        const auto wrong = difference(expected.at(member),
                                      document.contains("tcb") ? document.at("tcb") : bj::value(), member);
        if (!wrong.empty()) return wrong;
    }
    return {};
}

std::string judge_evidence(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    const auto options = options_of(suite, item);
    const auto document = verify(options);
    const auto overall = text_of(expected, "overall_status");
    // Only complete collateral can make a quote good.
    const bool is_complete = overall == "UpToDate";
    auto wrong =
        judge_verdicts(document, text_of(expected, "crypto_verdict"), is_complete ? "ACCEPT" : "REJECT");
    if (wrong.empty())
        wrong = difference(expected.at("quote"),
                           document.contains("quote") ? document.at("quote") : bj::value(), "quote");
    if (wrong.empty()) wrong = judge_tcb(expected, document);
    if (wrong.empty()) wrong = judge_borrowed(suite, item);
    if (wrong.empty() && overall.starts_with("REJECT")) wrong = judge_refusal(document, "tcb.level");
    if (wrong.empty() && overall.starts_with("UpToDate") && text_of(document, "overall_status") != "UpToDate")
        wrong = "overall status is " + text_of(document, "overall_status");
    if (wrong.empty() && expected.at("policy_notes").as_array().size() == 1 &&
        bj::serialize(expected.at("policy_notes")).contains("DEBUG"))
        wrong = judge_refusal(document, "policy.debug");
    return wrong;
}

std::string judge_log(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    const auto document = verify({.tee = "tdx",
                                  .kind = "event-log",
                                  .evidence = suite.path(item.at("files").as_array().front().as_string()),
                                  .at = "2026-01-01"});
    auto wrong = judge_verdicts(document, "ACCEPT", "");
    if (wrong.empty())
        wrong = difference(expected.at("replay_rtmr"), document.at("replay_rtmr"), "replay_rtmr");
    if (wrong.empty() && expected.contains("events"))
        wrong = difference(expected.at("events"), document.at("event_log").at("events"), "events");
    if (wrong.empty() && expected.contains("bytes_used"))
        wrong =
            difference(expected.at("bytes_used"), document.at("event_log").at("bytes_used"), "bytes_used");
    if (wrong.empty() && text_of(item, "kind") == "negative")
        wrong = judge_refusal(document, "log.separators");
    return wrong;
}

std::string judge_foreign_root(Suite& suite) {
    const std::string folder = "v4-intel-sample-foreign-root/";
    EvidenceOptions options{.tee = "tdx",
                            .evidence = suite.path(folder + "quote.dat"),
                            .collateral = suite.path(folder),
                            .at = "2023-02-01"};
    const auto wrong = judge_refusal(verify(options), "chain.root");
    if (!wrong.empty()) return wrong;
    options.anchors = {suite.path(folder + "trustedRootCaCert.pem")};
    const auto document = verify(options);
    return text_of(document, "crypto_verdict") == "ACCEPT"
               ? ""
               : "sample root: " + bj::serialize(document.at("reasons"));
}

std::string judge_item(Suite& suite, const bj::object& item) {
    const auto kind = text_of(item, "kind");
    const auto id = text_of(item, "id");
    const auto& expected = item.at("expected").as_object();
    if (kind == "evidence") return judge_evidence(suite, item);
    if (kind == "event-log" || id == "ccel-duplicate-separator") return judge_log(suite, item);
    if (id == "v4-intel-sample-foreign-root") return judge_foreign_root(suite);
    if (kind == "structure") {
        const auto document = verify({.tee = "tdx",
                                      .kind = "td-report",
                                      .evidence = suite.path("tdreport-raw/tdreport.bin"),
                                      .at = "2026-01-01"});
        bj::object wanted = expected;
        wanted.erase("verdict");
        const auto wrong = judge_refusal(document, "tdreport.remote");
        return wrong.empty() ? difference(wanted, document, "tdreport") : wrong;
    }
    if (expected.contains("quote")) { // another TEE's quote
        const auto document = verify(options_of(suite, item));
        const auto wrong = judge_refusal(document, "quote.tee_type");
        return wrong.empty() ? difference(expected.at("quote"), document.at("quote"), "quote") : wrong;
    }
    return "no judge for this item";
}

} // namespace

void run_tdx(Suite& suite) {
    for (const auto& entry : suite.items()) {
        const auto& item = entry.as_object();
        const auto id = text_of(item, "id");
        if (id == "derived-negatives") continue; // run_tdx_negatives
        if (id == "roots") {
            // Its use is in every other item: the built-in root is the one that they chain to.
            suite.run(id, [&] {
                return judge_verdicts(verify(options_of(suite, suite.item("v4-uptodate-collateral"))),
                                      "ACCEPT", "ACCEPT");
            });
            continue;
        }
        suite.run(id, [&] { return judge_item(suite, item); });
    }
}

} // namespace redoubt::tests
