// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/verifier/tpm_quote.hpp"

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::services::attestation {
namespace {

namespace tpm = tee::tpm;
using encoding::to_hex;

constexpr std::size_t k_pcrs = 24;
constexpr std::size_t k_sha256_size = 32;
constexpr std::string_view k_init_data_pcr = "tpm_pcr8";

} // namespace

Result<TpmQuote> read_tpm_quote(const json::Node& quote, Result<std::string> (*decode)(const json::Node&)) {
    TpmQuote read;
    RDT_TRY(read.message, decode(quote["message"]));
    RDT_TRY(read.signature, decode(quote["signature"]));
    RDT_TRY(const auto values, quote["pcrs"].array());
    if (values.size() != k_pcrs) return quote["pcrs"].wrong("not the values of 24 PCRs");
    for (std::size_t i = 0; i < values.size(); ++i) {
        RDT_TRY(auto value, hex_member(values[i]));
        if (value.size() != k_sha256_size) return values[i].wrong("not a SHA-256 value");
        read.values[tee::Hash::sha256][static_cast<std::uint32_t>(i)] = std::move(value);
    }
    return read;
}

std::map<std::string, std::string> verify_tpm_quote(const TpmQuote& quote, const tpm::AttestationKey& key,
                                                    const std::string& nonce, tee::Explanation& explanation) {
    tpm::Policy policy;
    policy.nonce = nonce;
    const tpm::QuoteEvidence evidence{quote.message, quote.signature, &quote.values, nullptr};
    const auto verdict = tpm::verify_quote(evidence, key, policy);
    append_claims(explanation, verdict.explanation);
    std::map<std::string, std::string> covered;
    if (!verdict.attest) return covered;
    for (const auto& selection : verdict.attest->selections)
        if (selection.bank == tee::Hash::sha256)
            for (const auto pcr : selection.pcrs)
                if (const auto& values = quote.values.at(tee::Hash::sha256); values.contains(pcr))
                    covered[std::format("tpm_pcr{}", pcr)] = to_hex(values.at(pcr));
    return covered;
}

Result<std::string> init_data_pcr(std::string_view digest) {
    return tee::hash_of(tee::Hash::sha256, {std::string(k_sha256_size, '\0'), fit(digest, k_sha256_size)});
}

Status check_tpm_init_data(tee::Explanation& explanation, Claims& claims, const Expectations& expected) {
    const auto found = claims.pcrs.find(std::string(k_init_data_pcr));
    const auto value = found != claims.pcrs.end() ? found->second : std::string();
    if (expected.init_data.empty()) {
        explanation.skip(tee::Stage::policy, "init_data", "", "no init data came with the evidence");
        return {};
    }
    RDT_TRY(const auto wanted, init_data_pcr(expected.init_data));
    const bool is_good = explanation.check(tee::Stage::policy, "init_data", value == to_hex(wanted),
                                           to_hex(wanted), value.empty() ? "PCR 8 is not quoted" : value,
                                           "PCR 8 with nothing but the digest of the init data");
    if (is_good) claims.init_data = to_hex(fit(expected.init_data, k_sha256_size));
    return {};
}

void append_claims(tee::Explanation& to, const tee::Explanation& from) {
    for (const auto& claim : from.claims()) {
        if (claim.finding == tee::Finding::unchecked)
            to.skip(claim.stage, claim.name, claim.expected, claim.source);
        else
            to.check(claim.stage, claim.name, claim.finding == tee::Finding::passed, claim.expected,
                     claim.got, claim.source);
    }
}

} // namespace redoubt::services::attestation
