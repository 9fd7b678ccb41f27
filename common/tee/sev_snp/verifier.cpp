// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/verifier.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/tee/sev_snp/policy_claims.hpp"

namespace redoubt::tee::sev_snp {

/// Works through one verification; the only maker of VerifiedReport.
struct VerdictMaker {
    const Endorsements& endorsements;
    const AmdAuthorities& authorities;
    const Policy& policy;
    Time at;
    Verdict verdict;

    Explanation& explanation() { return verdict.explanation; }

    bool parse(std::string_view bytes) {
        auto report = parse_report(bytes);
        if (!report)
            return explanation().check(Stage::format, "report.format", false,
                                       "an SNP report, version 2, 3 or 5", report.error().message,
                                       "AMD 56860");
        verdict.report = *std::move(report);
        return explanation().check(Stage::format, "report.format", true, "an SNP report, version 2, 3 or 5",
                                   std::format("version {}", verdict.report->version), "AMD 56860");
    }

    /// The leaf of what was given: exactly one certificate that is no authority.
    bool find_leaf() {
        std::vector<const Certificate*> leaves;
        for (const Certificate& certificate : endorsements.certificates)
            if (!certificate.is_authority()) leaves.push_back(&certificate);
        const bool is_one =
            explanation().check(Stage::crypto, "endorsement.present", leaves.size() == 1, "one VCEK or VLEK",
                                std::format("{}", leaves.size()), "certificates given");
        if (!is_one) return false;
        verdict.leaf = *leaves.front();
        auto endorsement = parse_endorsement(*verdict.leaf);
        const std::string got = endorsement ? endorsement->product_name : endorsement.error().message;
        if (endorsement) verdict.endorsement = *std::move(endorsement);
        return explanation().check(Stage::crypto, "endorsement.format", verdict.endorsement.has_value(),
                                   "a VCEK or VLEK with AMD's extensions", got, "AMD 57230");
    }

    /// The issuer among what was given; what is built in counts only where nothing of the kind was given.
    const Certificate* find_issuer(const Certificate& certificate, bool wants_root) {
        const auto is_kind = [&](const Certificate& candidate) {
            return candidate.is_authority() && candidate.is_self_issued() == wants_root;
        };
        const Certificate* fallback = nullptr;
        for (const Certificate& candidate : endorsements.certificates) {
            if (!is_kind(candidate)) continue;
            if (certificate.is_issued_by_name_of(candidate)) return &candidate;
            fallback = &candidate;
        }
        if (fallback != nullptr) return fallback; // the link says what does not fit
        if (!wants_root) {
            for (const Certificate& candidate : authorities.intermediates)
                if (certificate.is_issued_by_name_of(candidate)) return &candidate;
            return nullptr;
        }
        for (const TrustAnchor& anchor : authorities.anchors)
            if (certificate.is_issued_by_name_of(anchor.root)) return &anchor.root;
        return nullptr;
    }

    bool verify_chain() {
        const ChainRules rules{.at = at,
                               .scheme = {"RSA-PSS", "SHA384"},
                               .handled = {},
                               .revocation = policy.revocation,
                               .revocation_stage = Stage::crypto,
                               .lists = &endorsements.revocation_lists};
        const Certificate& leaf = *verdict.leaf;
        verdict.chain = {leaf.common_name()};
        const auto* signer = find_issuer(leaf, /*wants_root=*/false);
        if (signer == nullptr)
            return explanation().check(Stage::crypto, "chain.leaf.issuer", false, leaf.issuer(),
                                       "no such certificate", "certificates given, built-in authorities");
        verdict.chain.push_back(signer->common_name());
        bool is_good = verify_link(explanation(), "chain.leaf", leaf, *signer, rules);
        const auto* root = find_issuer(*signer, /*wants_root=*/true);
        if (root == nullptr)
            return explanation().check(Stage::crypto, "chain.signer.issuer", false, signer->issuer(),
                                       "no such certificate", "certificates given, trust anchors");
        verdict.chain.push_back(root->common_name());
        is_good &= verify_link(explanation(), "chain.signer", *signer, *root, rules);
        const auto* anchor = verify_root(explanation(), "chain.root", *root, authorities.anchors, at);
        if (anchor != nullptr) verdict.anchor_class = anchor->anchor_class;
        is_good &= verify_not_revoked(explanation(), "chain.signer", *signer, *root, rules);
        return is_good & (anchor != nullptr) & verify_names(*signer, *root);
    }

    /// That authorities are of the leaf's kind and generation: "SEV-Milan" for VCEKs, "SEV-VLEK-Milan" for
    /// VLEKs.
    bool verify_names(const Certificate& signer, const Certificate& root) {
        if (!verdict.endorsement) return false;
        const std::string product(name_of(verdict.endorsement->product));
        const bool is_vcek = verdict.endorsement->kind == EndorsementKind::vcek;
        const std::string wanted = (is_vcek ? "SEV-" : "SEV-VLEK-") + product;
        return explanation().check(Stage::crypto, "chain.names",
                                   signer.common_name() == wanted && root.common_name() == "ARK-" + product,
                                   wanted + " below ARK-" + product,
                                   signer.common_name() + " below " + root.common_name(),
                                   "product name of the leaf");
    }

    bool find_product() {
        const Report& report = *verdict.report;
        const auto own = product_of(report);
        if (!own)
            return explanation().check(Stage::format, "report.product", false, "a known generation",
                                       own.error().message, "CPUID of the report");
        std::optional<Product> product = *own;
        std::string source = "CPUID of the report";
        if (!product && verdict.endorsement) {
            product = verdict.endorsement->product;
            source = "product name of the certificate";
        }
        if (!product && policy.product) {
            product = policy.product;
            source = "the caller";
        }
        verdict.product = product;
        const bool agrees = product && (!policy.product || *product == *policy.product) &&
                            (!verdict.endorsement || *product == verdict.endorsement->product);
        std::string expected = "report, certificate and caller agree";
        if (policy.product)
            expected = name_of(*policy.product);
        else if (verdict.endorsement)
            expected = name_of(verdict.endorsement->product);
        return explanation().check(Stage::crypto, "report.product", agrees, expected,
                                   product ? name_of(*product) : "unknown: the report carries no CPUID",
                                   source);
    }

    bool match_endorsement() {
        const Report& report = *verdict.report;
        const Endorsement& endorsement = *verdict.endorsement;
        const bool is_vcek = endorsement.kind == EndorsementKind::vcek;
        const auto key = signing_key_of(report);
        bool is_good = explanation().check(
            Stage::crypto, "endorsement.signing_key",
            key == static_cast<std::uint32_t>(is_vcek ? SigningKey::vcek : SigningKey::vlek),
            is_vcek ? "VCEK" : "VLEK",
            key == 0   ? "VCEK"
            : key == 1 ? "VLEK"
                       : std::format("{}", key),
            "subject of the leaf");
        if (is_vcek) {
            std::string wanted = endorsement.hwid;
            wanted.resize(64, '\0');
            const bool is_chip =
                !has_masked_chip_key(report) && !is_zero(report.chip_id) && wanted == report.chip_id;
            is_good &=
                explanation().check(Stage::crypto, "endorsement.chip_id", is_chip, encoding::to_hex(wanted),
                                    encoding::to_hex(report.chip_id), "HWID extension of the leaf");
        }
        const auto tcb = decode_tcb(endorsement.product, report.reported_tcb);
        const auto disagreement = tcb_disagreement(endorsement, tcb);
        is_good &= explanation().check(
            Stage::crypto, "endorsement.tcb", disagreement.empty(), "TCB of the leaf equals the reported TCB",
            disagreement.empty() ? render_tcb(tcb) : disagreement, "extensions of the leaf");
        return is_good;
    }

    bool verify_signature() {
        const Report& report = *verdict.report;
        const bool is_padded =
            is_zero(report.signature_r.substr(48)) && is_zero(report.signature_s.substr(48));
        const auto big_endian = [](const std::string& field) {
            return std::string(field.rbegin() + 24, field.rend());
        };
        const auto status = verdict.leaf->public_key().verify_ecdsa(
            Hash::sha384, std::string_view(report.bytes).substr(0, k_signed_size),
            big_endian(report.signature_r), big_endian(report.signature_s));
        std::string got = status ? "verifies" : status.error().message;
        if (!is_padded) got = "bytes 48 to 71 of r or s are not zero";
        return explanation().check(Stage::crypto, "report.signature", status && is_padded,
                                   "ECDSA P-384 with SHA-384 by the leaf's key", got,
                                   "public key of the leaf");
    }

    void check_reserved() {
        std::string got;
        for (const auto& field : broken_reserved_fields(*verdict.report))
            got += (got.empty() ? "" : ", ") + field;
        explanation().check(Stage::crypto, "report.reserved", got.empty(), "reserved fields as specified",
                            got.empty() ? "as expected" : got, "AMD 56860");
        const auto vmpl = verdict.report->vmpl;
        explanation().check(Stage::crypto, "report.vmpl", vmpl <= 3, "0 to 3: asked for by a guest",
                            std::format("{}", vmpl), "AMD 56860");
        if (!verdict.product) return;
        const auto tcb = [&](const std::string& raw) { return decode_tcb(*verdict.product, raw); };
        const auto current = tcb(verdict.report->current_tcb);
        const bool is_ordered = is_at_least(current, tcb(verdict.report->reported_tcb)) &&
                                is_at_least(current, tcb(verdict.report->committed_tcb)) &&
                                is_at_least(current, tcb(verdict.report->launch_tcb));
        explanation().check(Stage::crypto, "report.tcb_order", is_ordered,
                            "reported, committed and launch TCB not above the current one",
                            is_ordered ? "as expected" : "above the current " + render_tcb(current),
                            "AMD 56860");
    }

    void check_endorsement_policy() {
        if (verdict.endorsement && verdict.endorsement->kind == EndorsementKind::vlek) {
            const auto& csp = *verdict.endorsement->csp_id;
            const bool is_listed = policy.csp_ids.empty() || std::ranges::contains(policy.csp_ids, csp);
            explanation().check(Stage::policy, "policy.vlek", policy.allows_vlek && is_listed,
                                policy.allows_vlek ? "a VLEK of an operator that is allowed" : "a VCEK",
                                "VLEK of " + csp, "policy");
        }
        if (verdict.anchor_class)
            explanation().check(Stage::policy, "policy.anchor_class",
                                policy.allows_simulation || *verdict.anchor_class != AnchorClass::simulation,
                                policy.allows_simulation ? "any class" : "production or operator",
                                name_of(*verdict.anchor_class), "policy");
    }

    void conclude() {
        if (explanation().is_accepted() && verdict.report && verdict.product && verdict.anchor_class)
            verdict.verified = VerifiedReport(*verdict.report, *verdict.product, *verdict.anchor_class);
    }
};

Verdict verify_report(std::string_view report, const Endorsements& endorsements,
                      const AmdAuthorities& authorities, const Policy& policy, Time at) {
    VerdictMaker maker{endorsements, authorities, policy, at, {}};
    if (!maker.parse(report)) return std::move(maker.verdict);
    const bool has_leaf = maker.find_leaf();
    maker.find_product();
    if (maker.verdict.leaf) maker.verify_chain();
    if (has_leaf) maker.match_endorsement();
    if (maker.verdict.leaf) maker.verify_signature();
    maker.check_reserved();
    maker.check_endorsement_policy();
    if (maker.verdict.product)
        check_policy(maker.explanation(), *maker.verdict.report, *maker.verdict.product, policy);
    maker.conclude();
    return std::move(maker.verdict);
}

Verdict verify_endorsement(const Endorsements& endorsements, const AmdAuthorities& authorities,
                           const Policy& policy, Time at) {
    VerdictMaker maker{endorsements, authorities, policy, at, {}};
    maker.find_leaf();
    if (maker.verdict.leaf) maker.verify_chain();
    maker.check_endorsement_policy();
    return std::move(maker.verdict);
}

} // namespace redoubt::tee::sev_snp
