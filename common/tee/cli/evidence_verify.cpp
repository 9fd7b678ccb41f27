// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/cli/evidence_verify.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <format>

namespace redoubt::tee::cli {
namespace {

namespace bj = boost::json;

void indent_value(std::string& out, const bj::value& value, std::size_t depth);

void indent_object(std::string& out, const bj::object& object, std::size_t depth) {
    const std::string pad(2 * (depth + 1), ' ');
    out += "{\n";
    bool is_first = true;
    for (const auto& member : object) {
        if (!is_first) out += ",\n";
        is_first = false;
        out += pad + bj::serialize(bj::value(member.key())) + ": ";
        indent_value(out, member.value(), depth + 1);
    }
    out += "\n" + std::string(2 * depth, ' ') + "}";
}

void indent_array(std::string& out, const bj::array& array, std::size_t depth) {
    const std::string pad(2 * (depth + 1), ' ');
    out += "[\n";
    bool is_first = true;
    for (const auto& element : array) {
        if (!is_first) out += ",\n";
        is_first = false;
        out += pad;
        indent_value(out, element, depth + 1);
    }
    out += "\n" + std::string(2 * depth, ' ') + "]";
}

void indent_value(std::string& out, const bj::value& value, std::size_t depth) {
    if (value.is_object() && !value.get_object().empty())
        return indent_object(out, value.get_object(), depth);
    const bool has_parts = value.is_array() && !value.get_array().empty() &&
                           (value.get_array().front().is_object() || value.get_array().front().is_string());
    if (has_parts) return indent_array(out, value.get_array(), depth);
    out += bj::serialize(value);
}

std::string text_of(const bj::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

void add_claims(std::string& out, const bj::object& document) {
    const auto* claims = document.if_contains("claims");
    if (claims == nullptr || !claims->is_array()) return;
    for (const auto& entry : claims->get_array()) {
        const auto& claim = entry.as_object();
        const auto finding = text_of(claim, "finding");
        const std::string mark = finding == "passed" ? "ok  " : finding == "failed" ? "FAIL" : "--  ";
        out += std::format("{} {:<28} {}\n", mark, text_of(claim, "claim"), text_of(claim, "got"));
        if (finding != "passed")
            out += std::format("     {:<28} expected {}  ({})\n", "", text_of(claim, "expected"),
                               text_of(claim, "source"));
    }
}

std::string_view verdict_word(bool is_good) {
    return is_good ? "ACCEPT" : "REJECT";
}

} // namespace

bj::object make_document(const EvidenceOptions& options, const std::string& at,
                         const Explanation& explanation) {
    bj::array reasons;
    for (const Claim* claim : explanation.failures())
        reasons.emplace_back(
            std::format("{}: expected {}; got {}", claim->name, claim->expected, claim->got));
    return {{"format", "redoubt-evidence-verdict/1"},
            {"tee", options.tee},
            {"kind", options.kind},
            {"verified_at", at},
            {"verdict", verdict_word(explanation.is_accepted())},
            {"crypto_verdict", verdict_word(!explanation.has_failed(Stage::crypto))},
            {"reasons", std::move(reasons)},
            {"claims", explanation.json()}};
}

bj::object malformed(const EvidenceOptions& options, const std::string& at, const Error& error) {
    Explanation explanation;
    explanation.check(Stage::format, "input.format", false, "well-formed inputs", error.message,
                      "files given");
    return make_document(options, at, explanation);
}

bool is_accepted(const bj::object& document) {
    return text_of(document, "verdict") == "ACCEPT";
}

std::string render_document(const bj::object& document, bool as_json) {
    std::string out;
    if (as_json) {
        indent_value(out, document, 0);
        return out + "\n";
    }
    out += std::format("{} at {}\n", text_of(document, "tee"), text_of(document, "verified_at"));
    add_claims(out, document);
    out += std::format("verdict: {} (what the hardware said: {})\n", text_of(document, "verdict"),
                       text_of(document, "crypto_verdict"));
    return out;
}

Result<bj::object> verify_evidence(const EvidenceOptions& options) {
    if (options.evidence.empty()) return fail(Code::invalid_argument, "--evidence is needed");
    if (options.tee == "snp") return verify_snp(options);
    if (options.tee == "tdx") return verify_tdx(options);
    if (options.tee == "tpm") return verify_tpm(options);
    return fail(Code::invalid_argument, "--tee '{}' is none of snp, tdx, tpm", options.tee);
}

} // namespace redoubt::tee::cli
