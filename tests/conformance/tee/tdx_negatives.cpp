// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

#include "tests/conformance/tee/suite.hpp"
#include "tests/support/tee/made_quote.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::cli::EvidenceOptions;

const std::map<std::string, std::string> k_reasons{
    {"body-flip", "quote.signature"},
    {"header-flip", "quote.signature"},
    {"attkey-swap", "qe.binding"},
    {"qeauth-flip", "qe.binding"},
    {"qe-report-flip", "qe.signature"},
    {"tcbinfo-whitespace", "tcb_info.signature"},
    {"tcbinfo-foreign-fmspc", "tcb_info.platform"},
    {"expired", "tcb_info.freshness"},
    {"not-yet-valid", "tcb_info.freshness"},
    {"crl-missing", "chain.pck.revocation"},
    {"processor-crl-for-platform-pck", "chain.pck.revocation"},
    {"qeid-sgx-for-tdx", "qe_identity.format"},
    {"version-3-tdx", "quote.format"},
    {"siglen-overflow", "quote.format"},
    {"certtype-not-6", "quote.format"},
};

constexpr std::size_t k_signature_size_at = 48 + 584;
constexpr std::size_t k_signature_at = k_signature_size_at + 4;
constexpr std::size_t k_qe_report_at = k_signature_at + 128 + 6;
constexpr std::size_t k_qe_auth_at = k_qe_report_at + 384 + 64 + 2;

/// Copies the base's collateral, so that one file of it can be changed.
std::string copy_collateral(const Suite& suite, const std::string& id) {
    std::string folder;
    for (const char* name : {"tcb_info.json", "tcb_info.sig.hex", "qe_identity.json", "qe_identity.sig.hex",
                             "tcb_issuer_chain.pem", "qe_identity_issuer_chain.pem",
                             "pck_crl_issuer_chain.pem", "root_ca_crl.der", "pck_crl.der"}) {
        const auto path = suite.scratch(
            id + "/" + name, suite.bytes(std::string("v4-uptodate-collateral/collateral/") + name));
        folder = path.substr(0, path.rfind('/'));
    }
    return folder;
}

void attkey_swap(std::string& quote) {
    const auto key = Key::ec("P-256");
    quote.replace(k_signature_at, 64,
                  key.sign(tee::Hash::sha256, std::string_view(quote).substr(0, k_signature_size_at), 32));
    quote.replace(k_signature_at + 64, 64, key.point());
}

/// Everything that is not an edit of bytes the recipe writes out.
void apply(const Suite& suite, const std::string& id, std::string& quote, EvidenceOptions& options) {
    const auto give = [&](const std::string& name, const std::string& content) {
        (void)suite.scratch(id + "/" + name, content);
    };
    const std::string sgx = "sgx-v3-wrong-tee/collateral/";
    if (id == "attkey-swap") attkey_swap(quote);
    if (id == "qeauth-flip") quote[k_qe_auth_at] = static_cast<char>(quote[k_qe_auth_at] ^ 1);
    if (id == "qe-report-flip")
        quote[k_qe_report_at + 64] = static_cast<char>(quote[k_qe_report_at + 64] ^ 1);
    if (id == "siglen-overflow") quote.replace(k_signature_size_at, 4, "\xff\xff\xff\xff");
    if (id == "certtype-not-6") quote[k_signature_at + 128] = 5;
    if (id == "tcbinfo-whitespace") {
        auto text = suite.bytes("v4-uptodate-collateral/collateral/tcb_info.json");
        text.insert(text.find(',') + 1, " ");
        give("tcb_info.json", text);
    }
    if (id == "tcbinfo-foreign-fmspc")
        options.tcb_info = suite.path("v4-mrconfigid-collateral/collateral/tcb_info.json");
    if (id == "expired") options.at = "2026-01-01";
    if (id == "not-yet-valid") options.at = "2025-01-01";
    if (id == "crl-missing") std::filesystem::remove(options.collateral + "/pck_crl.der");
    if (id == "processor-crl-for-platform-pck") give("pck_crl.der", suite.bytes(sgx + "pck_crl.der"));
    if (id == "qeid-sgx-for-tdx") {
        give("qe_identity.json", suite.bytes(sgx + "qe_identity.json"));
        give("qe_identity.sig.hex", suite.bytes(sgx + "qe_identity.sig.hex"));
    }
}

/// Cases that need a signer of our own.
std::string judge_made(const std::string& id) {
    const auto intel = make_intel();
    const auto at = *tee::parse_time("2026-01-01");
    const auto key = Key::ec("P-256");
    auto body = make_td_body();
    auto collateral = intel.collateral();
    tee::tdx::Policy policy;
    policy.allows_simulation = true;
    const auto before =
        tee::tdx::verify_quote(make_quote(intel, body, key, key), collateral, intel.anchors(), policy, at);
    if (!before.verified)
        return "the made quote is not accepted before it is changed: " +
               bj::serialize(before.explanation.json());
    std::string reason;
    if (id == "pck-crl-revoked") {
        collateral.revocation_lists = {make_list(intel.root, {}), make_list(intel.authority, {k_pck_serial})};
        reason = "chain.pck.revocation";
    } else if (id == "seam-debug") {
        body[112] = 1;
        reason = "module.attributes";
    } else {
        body[64] = 1;
        reason = "module.signer";
    }
    const auto verdict =
        tee::tdx::verify_quote(make_quote(intel, body, key, key), collateral, intel.anchors(), policy, at);
    const auto failed = verdict.explanation.failures();
    return !verdict.verified &&
                   std::ranges::any_of(failed, [&](const tee::Claim* claim) { return claim->name == reason; })
               ? ""
               : "not refused for " + reason;
}

std::string judge_case(Suite& suite, const bj::object& recipe) {
    const auto id = text_of(recipe, "id");
    if (id == "pck-crl-revoked" || id == "seam-debug" || id == "mrsignerseam") return judge_made(id);
    auto quote = suite.bytes("v4-uptodate-collateral/quote.bin");
    const auto before = quote;
    EvidenceOptions options{.tee = "tdx", .collateral = copy_collateral(suite, id), .at = "2025-07-01"};
    apply(suite, id, quote, options);
    if (quote == before) (void)edit_bytes(text_of(recipe, "op"), quote);
    options.evidence = suite.scratch(id + "/quote.bin", quote);
    const auto reason = k_reasons.find(id);
    if (reason == k_reasons.end()) return "no reason is known for this recipe";
    return judge_refusal(verify(options), reason->second);
}

} // namespace

void run_tdx_negatives(Suite& suite) {
    const auto recipes = bj::parse(suite.bytes("derived-negatives.json"));
    for (const auto& entry : recipes.at("cases").as_array()) {
        const auto& recipe = entry.as_object();
        suite.run("derived/" + text_of(recipe, "id"), [&] { return judge_case(suite, recipe); });
    }
}

} // namespace redoubt::tests
