// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/verifier.hpp"

#include <algorithm>

#include "common/encoding/hex.hpp"
#include "common/tee/event_log/log_claims.hpp"
#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/tdx/policy_claims.hpp"

namespace redoubt::tee::tdx {
namespace {

constexpr auto k_pck_subject = "Intel SGX PCK Certificate";
constexpr auto k_tcb_signer = "Intel SGX TCB Signing";
const SignatureScheme k_scheme{"ECDSA", "SHA256"};

std::string outcome(const Status& status) {
    return status ? "verifies" : status.error().message;
}

Status verify_pair(const PublicKey& key, std::string_view message, std::string_view signature) {
    if (key.kind() != "P-256") return fail(Code::invalid_argument, "the key is {}, not P-256", key.kind());
    return key.verify_ecdsa(Hash::sha256, message, signature.substr(0, 32), signature.substr(32));
}

} // namespace

/// Works through one verification; the only maker of VerifiedQuote.
struct QuoteVerdictMaker {
    const Collateral& collateral;
    const std::vector<TrustAnchor>& anchors;
    const Policy& policy;
    Time at;
    Verdict verdict;

    Explanation& explanation() { return verdict.explanation; }
    [[nodiscard]] ChainRules rules() const {
        return {.at = at,
                .scheme = k_scheme,
                .handled = {},
                .revocation = RevocationRule::required,
                .revocation_stage = Stage::collateral,
                .lists = &collateral.revocation_lists};
    }

    bool parse(std::string_view bytes) {
        auto quote = parse_quote(bytes);
        const std::string got = quote
                                    ? std::format("version {}, {}", quote->version, name_of(quote->body_type))
                                    : quote.error().message;
        if (quote) verdict.quote = *std::move(quote);
        return explanation().check(Stage::format, "quote.format", verdict.quote.has_value(),
                                   "a quote of version 4 or 5", got, "Intel TDX DCAP");
    }

    void verify_signatures() {
        const Quote& quote = *verdict.quote;
        explanation().check(Stage::crypto, "quote.tee_type",
                            quote.tee_type == k_tee_tdx && quote.td.has_value(), "0x81 (TDX)",
                            std::format("{:#x}", quote.tee_type), "the caller asked for TDX");
        explanation().check(Stage::crypto, "quote.qe_vendor",
                            encoding::to_hex(quote.qe_vendor_id) == "939a7233f79c4ca9940a0db3957f0607",
                            "Intel's quoting enclave", encoding::to_hex(quote.qe_vendor_id),
                            "Intel TDX DCAP");
        const auto key = PublicKey::from_point("P-256", std::string_view(quote.att_key).substr(0, 32),
                                               std::string_view(quote.att_key).substr(32));
        const Status status = key ? verify_pair(*key, quote.signed_bytes, quote.signature)
                                  : Status(std::unexpected(key.error()));
        explanation().check(Stage::crypto, "quote.signature", status.has_value(),
                            "ECDSA P-256 with SHA-256 over header and body by the attestation key",
                            outcome(status), "attestation key of the quote");
        const auto bound = hash_of(Hash::sha256, {quote.att_key, quote.qe_auth_data});
        const std::string wanted = bound.value_or("") + std::string(32, '\0');
        explanation().check(Stage::crypto, "qe.binding", bound && wanted == quote.qe_report.report_data,
                            encoding::to_hex(wanted), encoding::to_hex(quote.qe_report.report_data),
                            "SHA-256 of attestation key and QE's data");
    }

    /// The PCK chain: the quote's own, or where that is not PEM, what came beside it.
    void find_chain() {
        auto own = Certificate::parse_all(verdict.quote->cert_data);
        if (own && verdict.quote->cert_data.contains("-----BEGIN")) {
            verdict.chain = *std::move(own);
            return;
        }
        for (const Certificate& certificate : collateral.certificates)
            if (certificate.common_name() == k_pck_subject) verdict.chain.push_back(certificate);
        if (verdict.chain.size() != 1) return;
        for (const Certificate& certificate : collateral.certificates)
            if (certificate.is_authority()) verdict.chain.push_back(certificate);
    }

    const Certificate* issuer_of(const Certificate& certificate,
                                 const std::vector<Certificate>& among) const {
        for (const Certificate& candidate : among)
            if (candidate.is_authority() && certificate.is_issued_by_name_of(candidate)) return &candidate;
        for (const TrustAnchor& anchor : anchors)
            if (certificate.is_issued_by_name_of(anchor.root)) return &anchor.root;
        return nullptr;
    }

    bool missing_issuer(std::string_view name, const Certificate& certificate, Stage stage = Stage::crypto) {
        return explanation().check(stage, name, false, certificate.issuer(), "no such certificate",
                                   "PCK chain");
    }

    bool verify_pck_chain() {
        find_chain();
        const bool has_leaf = !verdict.chain.empty() && verdict.chain.front().common_name() == k_pck_subject;
        if (!explanation().check(Stage::crypto, "pck.present", has_leaf, k_pck_subject,
                                 verdict.chain.empty() ? "no certificate" : verdict.chain.front().subject(),
                                 "PCK chain"))
            return false;
        const Certificate& leaf = verdict.chain.front();
        const auto* authority = issuer_of(leaf, verdict.chain);
        if (authority == nullptr) return missing_issuer("chain.pck.issuer", leaf);
        verify_link(explanation(), "chain.pck", leaf, *authority, rules());
        const auto name = authority->common_name();
        explanation().check(Stage::crypto, "chain.names",
                            name == "Intel SGX PCK Platform CA" || name == "Intel SGX PCK Processor CA",
                            "Intel SGX PCK Platform CA or Processor CA", name, "Intel PCK profile");
        const auto* root = issuer_of(*authority, verdict.chain);
        if (root == nullptr) return missing_issuer("chain.authority.issuer", *authority);
        verify_link(explanation(), "chain.authority", *authority, *root, rules());
        const auto* anchor = verify_root(explanation(), "chain.root", *root, anchors, at);
        if (anchor != nullptr) verdict.anchor_class = anchor->anchor_class;
        verify_not_revoked(explanation(), "chain.pck", leaf, *authority, rules());
        verify_not_revoked(explanation(), "chain.authority", *authority, *root, rules());
        verify_pck_contents(leaf);
        return true;
    }

    void verify_pck_contents(const Certificate& leaf) {
        auto pck = parse_pck(leaf);
        explanation().check(
            Stage::crypto, "pck.format", pck.has_value(), "a PCK certificate with Intel's extension",
            pck ? "FMSPC " + encoding::to_hex(pck->fmspc) : pck.error().message, "Intel PCK profile");
        if (pck) verdict.pck = *std::move(pck);
        const auto status = verify_pair(leaf.public_key(), verdict.quote->qe_report.bytes,
                                        verdict.quote->qe_report_signature);
        explanation().check(Stage::crypto, "qe.signature", status.has_value(),
                            "a QE report signed by the PCK", outcome(status),
                            "public key of the PCK certificate");
    }

    /// A document of Intel's: signed by a TCB signing certificate below the anchor, and fresh.
    bool verify_document(std::string_view name, const std::optional<SignedDocument>& document) {
        const std::string prefix(name);
        if (!explanation().check(Stage::collateral, prefix + ".present", document.has_value(),
                                 "a signed document", document ? "given" : "missing", "collateral"))
            return false;
        // Intel renews this certificate with the same key: of several that fit, the one that is valid now
        // counts.
        const Certificate* signer = nullptr;
        bool has_verified = false;
        for (const Certificate& certificate : collateral.certificates) {
            if (certificate.common_name() != k_tcb_signer) continue;
            const bool fits =
                verify_pair(certificate.public_key(), document->body, document->signature).has_value();
            const bool is_valid = certificate.not_before() <= at && at <= certificate.not_after();
            if (signer == nullptr || (fits && (!has_verified || is_valid))) signer = &certificate;
            has_verified = has_verified || fits;
        }
        explanation().check(Stage::collateral, prefix + ".signature", has_verified,
                            std::string("a signature by ") + k_tcb_signer,
                            signer == nullptr ? "no such certificate"
                            : has_verified    ? "verifies"
                                              : "the signature does not verify",
                            "TCB signing certificate");
        return has_verified && verify_signer(prefix, *signer);
    }

    bool verify_signer(const std::string& prefix, const Certificate& signer) {
        const auto* root = issuer_of(signer, collateral.certificates);
        if (root == nullptr) return missing_issuer(prefix + ".signer", signer, Stage::collateral);
        Explanation inner; // its claims belong to the collateral, not to the evidence
        const bool is_linked = verify_link(inner, prefix + ".signer", signer, *root, rules());
        const auto* anchor = verify_root(inner, prefix + ".root", *root, anchors, at);
        const bool is_same = anchor != nullptr && verdict.anchor_class == anchor->anchor_class;
        verify_not_revoked(inner, prefix + ".signer", signer, *root, rules());
        std::string got = "as expected";
        if (!is_same) got = "another anchor's";
        if (!inner.failures().empty())
            got = inner.failures().front()->name + ": " + inner.failures().front()->got;
        return explanation().check(
            Stage::collateral, prefix + ".signer", is_linked && is_same && inner.failures().empty(),
            "a signer that chains to the quote's root, valid and not revoked", got, "collateral");
    }

    void check_fresh(std::string_view name, Time from, Time until) {
        explanation().check(Stage::collateral, std::string(name) + ".freshness", from <= at && at < until,
                            "valid at " + render_time(at), render_time(from) + " to " + render_time(until),
                            "collateral");
    }

    void check_evaluation_number(std::string_view name, std::uint32_t number) {
        explanation().check(
            Stage::policy, std::string(name) + ".evaluation_number", number >= policy.evaluation_number_floor,
            std::format("at least {}", policy.evaluation_number_floor), std::format("{}", number), "policy");
    }

    void read_tcb_info() {
        verify_document("tcb_info", collateral.tcb_info);
        if (!collateral.tcb_info) return;
        auto info = parse_tcb_info(collateral.tcb_info->body);
        explanation().check(Stage::collateral, "tcb_info.format", info && info->id == "TDX",
                            "TCB info of TDX", info ? info->id : info.error().message, "Intel PCS v4");
        if (!info) return;
        check_fresh("tcb_info", info->issue_date, info->next_update);
        check_evaluation_number("tcb_info", info->evaluation_number);
        if (verdict.pck)
            explanation().check(Stage::collateral, "tcb_info.platform",
                                info->fmspc == verdict.pck->fmspc && info->pce_id == verdict.pck->pce_id,
                                "FMSPC " + encoding::to_hex(verdict.pck->fmspc) + ", PCE " +
                                    encoding::to_hex(verdict.pck->pce_id),
                                "FMSPC " + encoding::to_hex(info->fmspc) + ", PCE " +
                                    encoding::to_hex(info->pce_id),
                                "PCK certificate");
        verdict.tcb_info = *std::move(info);
    }

    void read_qe_identity() {
        verify_document("qe_identity", collateral.qe_identity);
        if (!collateral.qe_identity) return;
        auto identity = parse_enclave_identity(collateral.qe_identity->body);
        explanation().check(Stage::collateral, "qe_identity.format", identity && identity->id == "TD_QE",
                            "identity TD_QE", identity ? identity->id : identity.error().message,
                            "Intel PCS v4");
        if (!identity) return;
        check_fresh("qe_identity", identity->issue_date, identity->next_update);
        check_evaluation_number("qe_identity", identity->evaluation_number);
        const EnclaveReport& qe = verdict.quote->qe_report;
        std::string wrong;
        if (qe.mr_signer != identity->mr_signer) wrong += " MRSIGNER";
        if (qe.isv_prod_id != identity->isv_prod_id) wrong += " ISVPRODID";
        if (!equal_under_mask(qe.misc_select, identity->misc_select, identity->misc_select_mask))
            wrong += " MISCSELECT";
        if (!equal_under_mask(qe.attributes, identity->attributes, identity->attributes_mask))
            wrong += " ATTRIBUTES";
        explanation().check(Stage::collateral, "qe.identity", wrong.empty(),
                            "the quoting enclave that Intel describes",
                            wrong.empty() ? "the same" : "another" + wrong, "QE identity");
        verdict.qe_identity = *std::move(identity);
    }

    void check_module() {
        const TdReport& td = *verdict.quote->td;
        const auto* module = find_module(*verdict.tcb_info, td.tee_tcb_svn);
        if (!explanation().check(
                Stage::collateral, "module.known", module != nullptr, "a TDX module that Intel describes",
                std::format("module version {}", static_cast<unsigned char>(td.tee_tcb_svn[1])), "TCB info"))
            return;
        explanation().check(Stage::collateral, "module.signer", td.mr_signer_seam == module->mr_signer,
                            encoding::to_hex(module->mr_signer), encoding::to_hex(td.mr_signer_seam),
                            "TCB info");
        explanation().check(
            Stage::collateral, "module.attributes",
            is_zero(td.seam_attributes) &&
                equal_under_mask(td.seam_attributes, module->attributes, module->attributes_mask),
            encoding::to_hex(module->attributes) + ", and zero", encoding::to_hex(td.seam_attributes),
            "TCB info");
    }

    void evaluate() {
        if (!verdict.tcb_info || !verdict.pck) return;
        const TdReport* td = verdict.quote->td ? &*verdict.quote->td : nullptr;
        const bool has_identity = verdict.qe_identity.has_value();
        verdict.tcb = evaluate_tcb(*verdict.tcb_info, *verdict.pck, td,
                                   has_identity ? &*verdict.qe_identity : nullptr, &verdict.quote->qe_report);
        if (td != nullptr) check_module();
        explanation().check(Stage::collateral, "tcb.level", verdict.tcb->overall.has_value(),
                            "a TCB level that the platform reaches",
                            verdict.tcb->overall ? "found" : "TCB level not supported: no level matches",
                            "TCB info, QE identity");
        if (verdict.tcb->overall) check_status(explanation(), *verdict.tcb, policy);
    }

    void conclude() {
        if (verdict.anchor_class)
            explanation().check(Stage::policy, "policy.anchor_class",
                                policy.allows_simulation || *verdict.anchor_class != AnchorClass::simulation,
                                policy.allows_simulation ? "any class" : "production or operator",
                                name_of(*verdict.anchor_class), "policy");
        if (explanation().is_accepted() && verdict.anchor_class && verdict.tcb && verdict.tcb->overall &&
            verdict.quote->td)
            verdict.verified = VerifiedQuote(*verdict.quote, *verdict.anchor_class, *verdict.tcb);
    }
};

Verdict verify_quote(std::string_view quote, const Collateral& collateral,
                     const std::vector<TrustAnchor>& anchors, const Policy& policy, Time at,
                     const EventLog* log) {
    QuoteVerdictMaker maker{collateral, anchors, policy, at, {}};
    if (!maker.parse(quote)) return std::move(maker.verdict);
    maker.verify_signatures();
    maker.verify_pck_chain();
    maker.read_tcb_info();
    maker.read_qe_identity();
    maker.evaluate();
    if (maker.verdict.quote->td) {
        check_policy(maker.explanation(), *maker.verdict.quote->td, policy);
        if (log != nullptr) {
            std::map<std::uint32_t, std::string> registers; // a CCEL counts MRTD as 0
            for (std::size_t i = 0; i < 4; ++i)
                registers[static_cast<std::uint32_t>(i + 1)] = maker.verdict.quote->td->rtmr[i];
            check_log(maker.explanation(), *log, Hash::sha384, registers);
        }
    }
    maker.conclude();
    return std::move(maker.verdict);
}

} // namespace redoubt::tee::tdx
