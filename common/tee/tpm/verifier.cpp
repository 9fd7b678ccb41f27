// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/verifier.hpp"

#include <algorithm>
#include <array>

#include "common/encoding/hex.hpp"
#include "common/tee/event_log/log_claims.hpp"

namespace redoubt::tee::tpm {
namespace {

using encoding::to_hex;

std::string render_selection(const std::vector<PcrSelection>& selections) {
    std::string text;
    for (const auto& selection : selections) {
        text += (text.empty() ? "" : "; ") + std::string(name_of(selection.bank)) + ":";
        for (std::size_t i = 0; i < selection.pcrs.size(); ++i)
            text += std::format("{}{}", i == 0 ? "" : ",", selection.pcrs[i]);
    }
    return text;
}

std::size_t bare_size_of(const PublicKey& key) {
    const auto kind = key.kind();
    if (kind == "RSA-2048") return 256;
    if (kind == "RSA-3072") return 384;
    return kind == "RSA-4096" ? 512 : 0;
}

/// Form and signature, which quotes and certified creations have in common.
bool read_statement(Verdict& verdict, std::string_view message, std::string_view signature_bytes,
                    const PublicKey& key, std::uint16_t type) {
    auto& explanation = verdict.explanation;
    const std::string wanted = type == k_attest_quote ? "a quote (0x8018)" : "a certified creation (0x801a)";
    auto attest = parse_attest(message);
    const bool is_good = attest && attest->type == type;
    explanation.check(Stage::format, "attest.format", is_good, wanted,
                      attest ? std::format("type {:#x}", attest->type) : attest.error().message,
                      "TPM 2.0 part 2, 10.12");
    if (attest) verdict.attest = *std::move(attest);
    auto signature = parse_signature(signature_bytes, bare_size_of(key));
    if (!signature)
        return explanation.check(Stage::format, "attest.signature", false, "a signature",
                                 signature.error().message, "TPM 2.0 part 2, 11.3");
    const auto status = verify_signature(key, *signature, message);
    explanation.check(Stage::crypto, "attest.signature", status.has_value(),
                      std::format("{} with {} by the attestation key", name_of(signature->scheme),
                                  name_of(signature->hash)),
                      status ? "verifies" : status.error().message, "attestation key");
    verdict.signature = *std::move(signature);
    return is_good;
}

void check_key(Explanation& explanation, const AttestationKey& key) {
    if (!key.area) {
        explanation.skip(Stage::crypto, "ak.attributes",
                         "restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, not decrypt",
                         "the key was given without its public area");
        return;
    }
    const auto fault = attestation_key_fault(*key.area);
    explanation.check(Stage::crypto, "ak.attributes", fault.empty(),
                      "restricted, sign, fixedTPM, fixedParent, sensitiveDataOrigin, not decrypt",
                      fault.empty() ? std::format("{:#010x}", key.area->attributes) : fault,
                      "public area of the attestation key");
}

/// The digest of the values in the order of the selection; or which value is missing.
Result<std::string> digest_of_values(const Attest& attest, const PcrValues& values, Hash hash) {
    std::string all;
    for (const auto& selection : attest.selections) {
        const auto bank = values.find(selection.bank);
        for (const auto pcr : selection.pcrs) {
            if (bank == values.end() || !bank->second.contains(pcr))
                return fail(Code::invalid_argument, "no value of {} PCR {}", name_of(selection.bank), pcr);
            all += bank->second.at(pcr);
        }
    }
    return hash_of(hash, {all});
}

void check_values(Verdict& verdict, const QuoteEvidence& evidence) {
    auto& explanation = verdict.explanation;
    if (evidence.values == nullptr) {
        explanation.skip(Stage::crypto, "quote.pcr_digest", to_hex(verdict.attest->pcr_digest),
                         "no PCR values given");
    } else {
        // The signature's hash, not the bank's: TPM 2.0 part 3, TPM2_Quote.
        const auto digest = digest_of_values(*verdict.attest, *evidence.values, verdict.signature->hash);
        explanation.check(Stage::crypto, "quote.pcr_digest", digest && *digest == verdict.attest->pcr_digest,
                          to_hex(verdict.attest->pcr_digest),
                          digest ? to_hex(*digest) : digest.error().message, "PCR values given");
    }
    if (evidence.log == nullptr) return;
    std::map<std::uint32_t, std::string> proved;
    Hash bank = Hash::sha256;
    for (const auto& selection : verdict.attest->selections) {
        if (evidence.values == nullptr || !evidence.values->contains(selection.bank) ||
            !std::ranges::contains(evidence.log->banks, selection.bank))
            continue;
        bank = selection.bank;
        for (const auto pcr : selection.pcrs)
            if (const auto found = evidence.values->at(bank).find(pcr);
                found != evidence.values->at(bank).end())
                proved[pcr] = found->second;
        break;
    }
    explanation.check(Stage::crypto, "log.bank", !proved.empty(), "a log with digests of the quoted bank",
                      proved.empty() ? "none" : name_of(bank), "event log");
    check_log(explanation, *evidence.log, bank, proved);
}

bool covers(const std::vector<PcrSelection>& quoted, const PcrSelection& wanted) {
    return std::ranges::all_of(wanted.pcrs, [&](std::uint32_t pcr) {
        return std::ranges::any_of(quoted, [&](const PcrSelection& selection) {
            return selection.bank == wanted.bank && std::ranges::contains(selection.pcrs, pcr);
        });
    });
}

void check_policy(Verdict& verdict, const QuoteEvidence& evidence, const AttestationKey& key,
                  const Policy& policy) {
    auto& explanation = verdict.explanation;
    const Attest& attest = *verdict.attest;
    explanation.check(Stage::policy, "policy.ak_trust", key.trust != KeyTrust::none,
                      "a key that something vouches for", name_of(key.trust), "policy");
    if (policy.nonce)
        explanation.check(Stage::policy, "policy.nonce",
                          equal_in_constant_time(*policy.nonce, attest.extra_data), to_hex(*policy.nonce),
                          to_hex(attest.extra_data), "policy");
    else if (attest.extra_data.empty())
        explanation.check(Stage::policy, "policy.nonce", false, "a nonce", "none in the quote", "policy");
    else
        explanation.skip(Stage::policy, "policy.nonce", "",
                         "the caller expects nothing: freshness is not proved");
    bool is_weak = verdict.signature->hash == Hash::sha1;
    for (const auto& selection : attest.selections) is_weak = is_weak || selection.bank == Hash::sha1;
    explanation.check(Stage::policy, "policy.banks", policy.allows_sha1 || !is_weak,
                      policy.allows_sha1 ? "any bank" : "no SHA-1 bank or signature",
                      render_selection(attest.selections) + ", signature " +
                          std::string(name_of(verdict.signature->hash)),
                      "policy");
    for (const auto& wanted : policy.required)
        explanation.check(Stage::policy, "policy.pcr_selection", covers(attest.selections, wanted),
                          render_selection({wanted}), render_selection(attest.selections), "policy");
    for (const auto& [bank, values] : policy.expected)
        for (const auto& [pcr, value] : values) {
            const bool is_quoted = covers(attest.selections, {bank, {pcr}});
            const bool has_value = is_quoted && evidence.values != nullptr &&
                                   evidence.values->contains(bank) && evidence.values->at(bank).contains(pcr);
            const std::string got = has_value ? to_hex(evidence.values->at(bank).at(pcr)) : "not quoted";
            explanation.check(Stage::policy, std::format("policy.{}:{}", name_of(bank), pcr),
                              got == to_hex(value), to_hex(value), got, "policy");
        }
}

struct Issuer {
    const Certificate* certificate = nullptr; ///< none has the name
    bool is_anchor = false;
};

/// The authority of that name whose key verifies: vendors change keys and keep names. Where none does, one of
/// that name all the same, for the verdict to say that its signature is not good.
Issuer find_issuer(const Certificate& certificate, const std::vector<Certificate>& intermediates,
                   const std::vector<TrustAnchor>& anchors) {
    Issuer found;
    const auto take = [&](const Certificate& candidate, bool is_anchor) {
        if (!certificate.is_issued_by_name_of(candidate)) return false;
        const bool is_right = certificate.verify_signature(candidate).has_value();
        if (is_right || found.certificate == nullptr)
            found = {.certificate = &candidate, .is_anchor = is_anchor};
        return is_right;
    };
    for (const TrustAnchor& anchor : anchors)
        if (take(anchor.root, true)) return found;
    for (const Certificate& candidate : intermediates)
        if (candidate.is_authority() && !candidate.is_self_issued() && take(candidate, false)) return found;
    return found;
}

} // namespace

std::string_view name_of(KeyTrust trust) {
    static constexpr std::array<std::string_view, 4> k_names{"nothing vouches for the key",
                                                             "enrolled by the caller", "certified",
                                                             "named by the hardware's report"};
    return k_names.at(static_cast<std::size_t>(trust));
}

Verdict verify_quote(const QuoteEvidence& evidence, const AttestationKey& key, const Policy& policy) {
    Verdict verdict;
    if (!read_statement(verdict, evidence.message, evidence.signature, key.key, k_attest_quote) ||
        !verdict.signature)
        return verdict;
    check_key(verdict.explanation, key);
    check_values(verdict, evidence);
    check_policy(verdict, evidence, key, policy);
    return verdict;
}

Verdict verify_creation(std::string_view message, std::string_view signature, const PublicArea& area,
                        std::optional<std::string_view> creation_data) {
    Verdict verdict;
    auto& explanation = verdict.explanation;
    if (!read_statement(verdict, message, signature, area.key, k_attest_creation) || !verdict.signature)
        return verdict;
    explanation.check(Stage::crypto, "creation.object_name", verdict.attest->object_name == area.name,
                      to_hex(area.name), to_hex(verdict.attest->object_name),
                      "public area of the attestation key");
    check_key(explanation, {area.key, area, KeyTrust::none});
    if (!creation_data) {
        explanation.skip(Stage::crypto, "creation.hash", to_hex(verdict.attest->creation_hash),
                         "no creation data given");
        return verdict;
    }
    const auto hash = hash_of(area.name_hash, {*creation_data});
    explanation.check(Stage::crypto, "creation.hash", hash && *hash == verdict.attest->creation_hash,
                      to_hex(verdict.attest->creation_hash), hash ? to_hex(*hash) : hash.error().message,
                      "creation data given");
    return verdict;
}

CertificateVerdict verify_certificate(const Certificate& leaf, const std::vector<Certificate>& intermediates,
                                      const std::vector<RevocationList>& lists,
                                      const std::vector<TrustAnchor>& anchors, RevocationRule revocation,
                                      Time at) {
    constexpr std::size_t k_max_chain = 5;
    CertificateVerdict verdict;
    auto& explanation = verdict.explanation;
    explanation.check(Stage::crypto, "chain.leaf.kind", !leaf.is_authority(), "the certificate of a key",
                      leaf.subject(), "certificate");
    const Certificate* current = &leaf;
    for (std::size_t depth = 0; depth < k_max_chain; ++depth) {
        verdict.chain.push_back(current->subject());
        const std::string name = depth == 0 ? "chain.leaf" : std::format("chain.authority{}", depth);
        const auto [issuer, is_end] = find_issuer(*current, intermediates, anchors);
        if (issuer == nullptr) {
            explanation.check(Stage::crypto, name + ".issuer", false, current->issuer(),
                              "no such certificate", "certificates given, trust anchors");
            return verdict;
        }
        auto scheme = current->scheme(); // vendors differ; what matters is that it is strong
        const bool is_strong = (scheme.key == "RSA" || scheme.key == "ECDSA" || scheme.key == "RSA-PSS") &&
                               scheme.hash != "SHA1" && scheme.hash.starts_with("SHA");
        if (!is_strong) scheme = {"ECDSA", "SHA256"};
        const ChainRules rules{.at = at,
                               .scheme = scheme,
                               .handled = {},
                               .revocation = revocation,
                               .revocation_stage = Stage::crypto,
                               .lists = &lists};
        verify_link(explanation, name, *current, *issuer, rules);
        verify_not_revoked(explanation, name, *current, *issuer, rules);
        if (is_end) {
            verdict.chain.push_back(issuer->subject());
            const auto* anchor = verify_root(explanation, "chain.root", *issuer, anchors, at);
            if (anchor != nullptr) verdict.anchor_class = anchor->anchor_class;
            return verdict;
        }
        current = issuer;
    }
    explanation.check(Stage::crypto, "chain.length", false,
                      std::format("at most {} certificates", k_max_chain), "more", "this verifier");
    return verdict;
}

} // namespace redoubt::tee::tpm
