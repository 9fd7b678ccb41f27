// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>

#include "common/tee/cli/evidence_verify.hpp"
#include "tests/conformance/tee/suite.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::cli::EvidenceOptions;

// What each recipe has to be refused for.
const std::map<std::string, std::string> k_reasons{
    {"tamper-measurement", "report.signature"},
    {"tamper-hostdata", "report.signature"},
    {"tamper-last-signed-byte", "report.reserved"},
    {"sig-zero", "report.signature"},
    {"sig-r-highbytes", "report.signature"},
    {"sig-big-endian", "report.signature"},
    {"sig-swap-rs", "report.signature"},
    {"wrong-vcek-same-product", "report.signature"},
    {"wrong-product-chain", "chain.leaf.issuer"},
    {"vcek-under-asvk", "chain.leaf.issuer"},
    {"vlek-claimed-as-vcek", "policy.vlek"},
    {"self-signed-ark", "chain.root"},
    {"vlek-expired", "chain.leaf.validity"},
    {"debug-policy", "policy.debug"},
    {"truncated", "report.format"},
    {"version-99", "report.format"},
    {"sig-algo", "report.format"},
    {"reserved-nonzero", "report.reserved"},
    {"turin-as-milan-layout", "report.product"},
};

struct Base {
    std::string report;
    std::string leaf;
    std::string at;
};

Base base_of(const Suite& suite, std::string id) {
    if (id == "any") id = "milan-v3-vcek";
    const auto& item = suite.item(id);
    Base base{suite.bytes(id + "/report.bin"), "",
              text_of(item.at("valid_as_of").as_object(), "verify_at").substr(0, 10) + "T23:59:59Z"};
    for (const auto& file : item.at("files").as_array())
        if (file.as_string().ends_with(".pem")) base.leaf = suite.path(file.as_string());
    return base;
}

void swap_order(std::string& report) {
    for (const std::size_t at : {0x2A0U, 0x2A0U + 72})
        std::reverse(report.begin() + static_cast<std::ptrdiff_t>(at),
                     report.begin() + static_cast<std::ptrdiff_t>(at + 48));
}

/// Everything that is not an edit of bytes.
void apply(const Suite& suite, const std::string& id, Base& base, EvidenceOptions& options) {
    if (id == "sig-big-endian") swap_order(base.report);
    if (id == "sig-swap-rs")
        std::swap_ranges(base.report.begin() + 0x2A0, base.report.begin() + 0x2A0 + 72,
                         base.report.begin() + 0x2A0 + 72);
    if (id == "wrong-vcek-same-product") options.certs = {suite.path("milan-v2-vcek/vcek.pem")};
    if (id == "wrong-product-chain")
        options.certs.insert(options.certs.end(),
                             {suite.path("roots/milan-ask.pem"), suite.path("roots/milan-ark.pem")});
    if (id == "vcek-under-asvk") options.certs.push_back(suite.path("roots/milan-asvk.pem"));
    if (id == "vlek-expired") options.at = "2025-12-11";
    if (id == "truncated") base.report.pop_back();
    if (id == "turin-as-milan-layout")
        options.product = "milan"; // the caller's expectation would decide the layout
    if (id == "vlek-claimed-as-vcek") options.vmpl = "any";
}

std::string judge_made_chain() {
    // A genuine-looking report below a root of the same name, with nothing but the built-in roots trusted.
    const auto made = make_amd();
    auto endorsements = made.endorsements();
    endorsements.certificates.push_back(made.signer.certificate);
    endorsements.certificates.push_back(made.root.certificate);
    const auto production = tee::sev_snp::production_authorities();
    const auto at = *tee::parse_time("2026-01-01");
    const auto report = sign_report(make_report_body(), made.vcek.key);
    tee::sev_snp::Policy policy;
    policy.allows_simulation = true;
    const auto verdict = tee::sev_snp::verify_report(report, endorsements, *production, policy, at);
    const auto failed = verdict.explanation.failures();
    const bool is_refused =
        std::ranges::any_of(failed, [](const tee::Claim* claim) { return claim->name == "chain.root"; });
    return is_refused && !verdict.verified ? "" : "a look-alike of the root is not refused";
}

std::string judge_revoked() {
    const auto made = make_amd();
    auto endorsements = made.endorsements();
    const auto at = *tee::parse_time("2026-01-01");
    const auto report = sign_report(make_report_body(), made.vcek.key);
    tee::sev_snp::Policy policy;
    policy.allows_simulation = true;
    if (!tee::sev_snp::verify_report(report, endorsements, made.authorities(), policy, at).verified)
        return "the made report is not accepted before the list names its signer";
    endorsements.revocation_lists = {make_list(made.root, {2})};
    const auto verdict = tee::sev_snp::verify_report(report, endorsements, made.authorities(), policy, at);
    const auto failed = verdict.explanation.failures();
    return failed.size() == 1 && failed.front()->name == "chain.signer.revocation" &&
                   failed.front()->got == "revoked"
               ? ""
               : "not refused as revoked";
}

std::string judge_case(Suite& suite, const bj::object& recipe) {
    const auto id = text_of(recipe, "id");
    if (id == "crl-revoked-ask") return judge_revoked();
    if (id == "self-signed-ark") return judge_made_chain();
    auto base = base_of(suite, text_of(recipe, "base"));
    EvidenceOptions options{.tee = "snp", .certs = {base.leaf}, .at = base.at};
    const auto before = base.report;
    apply(suite, id, base, options);
    if (base.report == before) (void)edit_bytes(text_of(recipe, "op"), base.report);
    const bool is_other = base.report != before || options.certs.size() != 1 ||
                          options.certs.front() != base.leaf || options.at != base.at ||
                          !options.product.empty() || options.vmpl != "0" || text_of(recipe, "op") == "none";
    if (!is_other) return "the recipe was not understood: " + text_of(recipe, "op");
    options.evidence = suite.scratch(id + ".bin", base.report);
    const auto reason = k_reasons.find(id);
    if (reason == k_reasons.end()) return "no reason is known for this recipe";
    auto wrong = judge_refusal(verify(options), reason->second);
    if (wrong.empty() && text_of(recipe, "expect").starts_with("REJECT signature"))
        wrong = judge_refusal(verify(options), "report.signature");
    if (wrong.empty() && id == "debug-policy") wrong = judge_verdicts(verify(options), "ACCEPT", "REJECT");
    if (wrong.empty() && id == "truncated") {
        options.evidence = suite.scratch(id + "-longer.bin", before + '\0');
        wrong = judge_refusal(verify(options), reason->second);
    }
    return wrong;
}

} // namespace

void run_snp_negatives(Suite& suite) {
    const auto recipes = bj::parse(suite.bytes("derived-negatives.json"));
    for (const auto& entry : recipes.at("cases").as_array()) {
        const auto& recipe = entry.as_object();
        suite.run("derived/" + text_of(recipe, "id"), [&] { return judge_case(suite, recipe); });
    }
}

} // namespace redoubt::tests
