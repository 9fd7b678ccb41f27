// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/attest_output.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;
using encoding::to_hex;

std::string_view word_of(bool is_good) {
    return is_good ? "ACCEPT" : "REJECT";
}

std::string_view mark_of(tee::Finding finding) {
    if (finding == tee::Finding::passed) return "ok  ";
    return finding == tee::Finding::failed ? "FAIL" : "--  ";
}

/// What a node sent may be any text.
bj::value evidence_value(const std::string& text) {
    const auto document = json::parse("evidence", text);
    return document ? *document->root().value() : bj::value(as_utf8(text.substr(0, 1000)));
}

bj::array claims_value(const tee::Explanation& explanation) {
    auto list = explanation.json().as_array();
    for (auto& claim : list)
        for (auto& member : claim.as_object()) member.value() = as_utf8(member.value().as_string());
    return list;
}

} // namespace

bool is_accepted(const NodeVerdict& verdict) {
    return !verdict.links.empty() && std::ranges::all_of(verdict.links, [](const VerdictLink& link) {
        return link.explanation.is_accepted();
    });
}

bj::object verdict_json(const NodeVerdict& verdict) {
    bj::array links;
    bj::array reasons;
    for (const auto& link : verdict.links) {
        links.push_back(bj::object{{"link", link.name},
                                   {"verdict", word_of(link.explanation.is_accepted())},
                                   {"claims", claims_value(link.explanation)}});
        for (const auto* claim : link.explanation.failures())
            reasons.emplace_back(as_utf8(std::format("{}: {}: expected {}; got {}", link.name, claim->name,
                                                     claim->expected, claim->got)));
    }
    return {{"format", "redoubt-node-verdict/1"},
            {"verified_at", verdict.verified_at},
            {"verdict", word_of(is_accepted(verdict))},
            {"reasons", std::move(reasons)},
            {"nonce", to_hex(verdict.nonce)},
            {"guest_evidence_sha256",
             verdict.guest_digest.empty() ? bj::value() : bj::value(to_hex(verdict.guest_digest))},
            {"links", std::move(links)},
            {"evidence", evidence_value(verdict.evidence)}};
}

std::string render_verdict(const NodeVerdict& verdict) {
    std::string out;
    for (const auto& link : verdict.links) {
        out += std::format("this {}: {}\n", link.name, word_of(link.explanation.is_accepted()));
        for (const auto& claim : link.explanation.claims())
            out +=
                std::format("  {} {:<28} got      {}\n       {:<28} expected {}\n       {:<28} source   {}\n",
                            mark_of(claim.finding), claim.name,
                            claim.finding == tee::Finding::unchecked ? "not looked at" : printable(claim.got),
                            "", printable(claim.expected), "", printable(claim.source));
    }
    out += std::format("verdict: {}\n", word_of(is_accepted(verdict)));
    return out;
}

} // namespace redoubt::ctl
