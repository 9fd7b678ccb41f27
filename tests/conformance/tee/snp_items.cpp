// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/serialize.hpp>

#include "tests/conformance/tee/suite.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::cli::EvidenceOptions;

std::string file_ending(const bj::object& item, std::string_view end) {
    for (const auto& name : item.at("files").as_array())
        if (std::string_view(name.as_string()).ends_with(end)) return std::string(name.as_string());
    return {};
}

/// A time inside the item's window: the second day of it.
std::string time_of(const bj::object& item) {
    const auto* window = item.if_contains("valid_as_of");
    if (window == nullptr) return "2026-07-01";
    const auto text = text_of(window->as_object(), "verify_at");
    return text.size() < 10 ? "2026-07-01" : text.substr(0, 10) + "T23:59:59Z";
}

/// What is parsed, member by member, where the index has it.
std::string judge_values(const bj::object& expected, const bj::object& document) {
    for (const char* member :
         {"report", "leaf_extensions", "chain", "signature_r_le", "signature_s_le", "leaf_validity"}) {
        if (!expected.contains(member)) continue;
        const auto wrong = difference(expected.at(member),
                                      document.contains(member) ? document.at(member) : bj::value(), member);
        if (!wrong.empty()) return wrong;
    }
    return {};
}

std::string judge_evidence(Suite& suite, const bj::object& item) {
    const auto& expected = item.at("expected").as_object();
    EvidenceOptions options{
        .tee = "snp", .evidence = suite.path(file_ending(item, "report.bin")), .at = time_of(item)};
    for (const char* name : {"vcek.pem", "vlek.pem"})
        if (const auto file = file_ending(item, name); !file.empty())
            options.certs.push_back(suite.path(file));
    if (options.certs.empty()) options.product = text_of(expected.at("report").as_object(), "product");
    const auto document = verify(options);
    const bool is_good = text_of(expected, "crypto_verdict") == "ACCEPT";
    const bool has_notes =
        expected.contains("policy_notes") && !expected.at("policy_notes").as_array().empty();
    auto wrong =
        judge_verdicts(document, is_good ? "ACCEPT" : "REJECT", is_good && !has_notes ? "ACCEPT" : "REJECT");
    if (wrong.empty()) wrong = judge_values(expected, document);
    if (!wrong.empty() || !has_notes) return wrong;
    // What the notes say can be allowed, and then the evidence is good.
    options.allow_debug = true;
    options.allow_vlek = true;
    options.vmpl = "any";
    return judge_verdicts(verify(options), "ACCEPT", "ACCEPT");
}

std::string judge_anchor(Suite& suite, const bj::object& item) {
    const auto product = text_of(item, "id").substr(6);
    for (const char* end : {"-ask.pem", "-asvk.pem"}) {
        const auto document = verify({.tee = "snp",
                                      .kind = "certificate",
                                      .evidence = suite.path("roots/" + product + end),
                                      .at = "2026-07-01"});
        // An authority is no endorsement; that it is refused as one, and for that reason, is what can be seen
        // here.
        const auto wrong = judge_refusal(document, "endorsement.present");
        if (!wrong.empty()) return wrong;
    }
    return {};
}

std::string judge_item(Suite& suite, const bj::object& item) {
    const auto kind = text_of(item, "kind");
    const auto& expected = item.at("expected").as_object();
    if (kind == "evidence") return judge_evidence(suite, item);
    if (kind == "trust-anchor") return judge_anchor(suite, item);
    const auto file = suite.path(item.at("files").as_array().front().as_string());
    if (kind == "certificate" || kind == "negative") {
        const auto document =
            verify({.tee = "snp", .kind = "certificate", .evidence = file, .at = "2026-07-01"});
        const auto wrong = kind == "negative" ? judge_refusal(document, "chain.leaf.signature")
                                              : judge_verdicts(document, "ACCEPT", "ACCEPT");
        return wrong.empty() ? judge_values(expected, document) : wrong;
    }
    const auto document = verify({.tee = "snp", .kind = "cert-table", .evidence = file, .at = "2026-07-01"});
    const auto wrong = judge_verdicts(document, "ACCEPT", "ACCEPT");
    if (!wrong.empty()) return wrong;
    const auto& wanted = expected.at("entries").as_array();
    const auto& got = document.at("entries").as_array();
    if (wanted.size() != got.size()) return "another number of entries";
    for (std::size_t i = 0; i < wanted.size(); ++i)
        if (const auto inner = difference(wanted[i], got[i], "entry"); !inner.empty()) return inner;
    return {};
}

} // namespace

void run_snp(Suite& suite) {
    for (const auto& entry : suite.items()) {
        const auto& item = entry.as_object();
        if (text_of(item, "id") == "derived-negatives") continue; // run_snp_negatives
        suite.run(text_of(item, "id"), [&] { return judge_item(suite, item); });
    }
}

} // namespace redoubt::tests
