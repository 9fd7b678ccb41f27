// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/collateral_check.hpp"

#include <algorithm>
#include <iterator>

#include "common/encoding/hex.hpp"
#include "common/tee/sev_snp/verifier.hpp"

namespace redoubt::services::attestation {
namespace {

namespace tdx = tee::tdx;

constexpr int k_max_depth = 4; ///< certificates below an anchor
constexpr auto k_tcb_signer = "Intel SGX TCB Signing";

/// Whether one number is lower than another, both hex without leading zeros.
bool is_lower(const std::string& number, const std::string& than) {
    return number.size() != than.size() ? number.size() < than.size() : number < than;
}

Status check_time(std::string_view what, Time from, std::optional<Time> until, Time at) {
    if (at < from) return fail(Code::failed_precondition, "{}: it is from {}", what, tee::render_time(from));
    if (!until) return fail(Code::failed_precondition, "{}: it does not say until when it is good", what);
    if (at >= *until)
        return fail(Code::failed_precondition, "{}: it ended at {}", what, tee::render_time(*until));
    return {};
}

/// What one vendor has said, in use and brought, and whom it leads to.
class Statements {
  public:
    Statements(const tdx::Collateral& brought, Vendor vendor, const Collateral& in_use, Time at)
        : brought_(brought), anchors_(vendor == Vendor::amd ? in_use.amd.anchors : in_use.intel_anchors),
          scheme_(vendor == Vendor::amd ? tee::SignatureScheme{"RSA-PSS", "SHA384"}
                                        : tee::SignatureScheme{"ECDSA", "SHA256"}),
          at_(at), certificates_(brought.certificates) {
        if (vendor == Vendor::amd) {
            add(in_use.snp_certificates, in_use.snp_revocation_lists);
            return;
        }
        for (const auto& family : in_use.tdx) {
            add(family.certificates, family.revocation_lists);
            if (family.tcb_info) tcb_infos_.push_back(*family.tcb_info);
            if (family.qe_identity) identities_.push_back(*family.qe_identity);
        }
    }

    Status check() const {
        for (const auto& certificate : brought_.certificates)
            RDT_CHECK(check_chain(certificate, k_max_depth));
        for (const auto& list : brought_.revocation_lists) RDT_CHECK(check_list(list));
        if (brought_.tcb_info) RDT_CHECK(check_tcb_info(*brought_.tcb_info));
        if (brought_.qe_identity) RDT_CHECK(check_identity(*brought_.qe_identity));
        return {};
    }

  private:
    void add(const std::vector<tee::Certificate>& certificates,
             const std::vector<tee::RevocationList>& lists) {
        std::ranges::copy(certificates, std::back_inserter(certificates_));
        std::ranges::copy(lists, std::back_inserter(lists_));
    }

    Status check_chain(const tee::Certificate& certificate, int depth) const {
        if (certificate.is_self_issued()) {
            tee::Explanation inner;
            if (tee::verify_root(inner, "root", certificate, anchors_, at_) != nullptr) return {};
            return fail(Code::permission_denied, "{}: not a root that is trusted", certificate.subject());
        }
        auto why = Status(fail(Code::permission_denied, "{}: its issuer '{}' is not known",
                               certificate.subject(), certificate.issuer()));
        const auto try_authority = [&](const tee::Certificate& authority) {
            if (depth == 0 || !certificate.is_issued_by_name_of(authority)) return false;
            why = check_link(certificate, authority);
            if (why) why = check_chain(authority, depth - 1);
            return why.has_value();
        };
        if (std::ranges::any_of(certificates_, try_authority) ||
            std::ranges::any_of(anchors_,
                                [&](const tee::TrustAnchor& anchor) { return try_authority(anchor.root); }))
            return {};
        return why;
    }

    Status check_link(const tee::Certificate& certificate, const tee::Certificate& authority) const {
        tee::Explanation inner;
        const tee::ChainRules rules{.at = at_, .scheme = scheme_, .handled = {}, .lists = &lists_};
        if (!tee::verify_link(inner, "chain", certificate, authority, rules)) {
            const auto* failure = inner.failures().front();
            return fail(Code::permission_denied, "{}: {}: expected {}, got {}", certificate.subject(),
                        failure->name, failure->expected, failure->got);
        }
        for (const auto* lists : {&brought_.revocation_lists, &lists_})
            for (const auto& list : *lists)
                if (list.is_issued_by_name_of(authority) && list.has(certificate) &&
                    list.verify_signature(authority))
                    return fail(Code::permission_denied, "{}: revoked", certificate.subject());
        return {};
    }

    Status check_list(const tee::RevocationList& list) const {
        const auto what = "the revocation list of '" + list.issuer() + "'";
        const auto is_issuer = [&](const tee::Certificate& authority) {
            return list.is_issued_by_name_of(authority) && list.verify_signature(authority) &&
                   authority.is_authority() && check_chain(authority, k_max_depth);
        };
        const tee::Certificate* issuer = nullptr;
        for (const auto& authority : certificates_)
            if (issuer == nullptr && is_issuer(authority)) issuer = &authority;
        for (const auto& anchor : anchors_)
            if (issuer == nullptr && is_issuer(anchor.root)) issuer = &anchor.root;
        if (issuer == nullptr)
            return fail(Code::permission_denied, "{}: nobody who is trusted signed it", what);
        if (list.has_unknown_critical())
            return fail(Code::invalid_argument, "{}: a critical extension that is not understood", what);
        RDT_CHECK(check_time(what, list.this_update(), list.next_update(), at_));
        for (const auto& known : lists_)
            if (known.is_issued_by_name_of(*issuer) && known.verify_signature(*issuer))
                RDT_CHECK(check_not_older(what, list, known));
        return {};
    }

    static Status check_not_older(std::string_view what, const tee::RevocationList& list,
                                  const tee::RevocationList& known) {
        if (list.this_update() < known.this_update())
            return fail(Code::failed_precondition, "{}: it is of {}, where one of {} is in use", what,
                        tee::render_time(list.this_update()), tee::render_time(known.this_update()));
        const auto number = list.number();
        const auto known_number = known.number();
        if (known_number && (!number || is_lower(*number, *known_number)))
            return fail(Code::failed_precondition, "{}: its number is {}, where one of number {} is in use",
                        what, number.value_or("missing"), *known_number);
        return {};
    }

    Status check_signature(std::string_view what, const tdx::SignedDocument& document) const {
        auto why = Status(fail(Code::permission_denied, "{}: nobody who is trusted signed it", what));
        for (const auto& certificate : certificates_) {
            if (certificate.common_name() != k_tcb_signer) continue;
            const auto key = certificate.public_key();
            if (key.kind() != "P-256" || document.signature.size() != 64 ||
                !key.verify_ecdsa(tee::Hash::sha256, document.body,
                                  std::string_view(document.signature).substr(0, 32),
                                  std::string_view(document.signature).substr(32)))
                continue;
            why = check_chain(certificate, k_max_depth);
            if (why) return why;
        }
        return why;
    }

    /// Two readings of one kind of document, of which the second is in use.
    template <class Document>
    static Status check_not_older(std::string_view what, const Document& brought, const Document& known) {
        if (brought.evaluation_number < known.evaluation_number)
            return fail(Code::failed_precondition,
                        "{}: its tcbEvaluationDataNumber is {}, where one of {} is in use", what,
                        brought.evaluation_number, known.evaluation_number);
        if (brought.evaluation_number == known.evaluation_number && brought.issue_date < known.issue_date)
            return fail(Code::failed_precondition, "{}: it is of {}, where one of {} is in use", what,
                        brought.issue_text, known.issue_text);
        return {};
    }

    Status check_tcb_info(const tdx::SignedDocument& document) const {
        RDT_CHECK(check_signature("TCB info", document));
        RDT_TRY(const auto info, tdx::parse_tcb_info(document.body));
        const auto what = "TCB info of " + encoding::to_hex(info.fmspc);
        if (info.id != "TDX") return fail(Code::invalid_argument, "{}: its id is not TDX", what);
        RDT_CHECK(check_time(what, info.issue_date, info.next_update, at_));
        for (const auto& known : tcb_infos_)
            if (const auto other = tdx::parse_tcb_info(known.body);
                other && other->id == info.id && other->fmspc == info.fmspc)
                RDT_CHECK(check_not_older(what, info, *other));
        return {};
    }

    Status check_identity(const tdx::SignedDocument& document) const {
        RDT_CHECK(check_signature("QE identity", document));
        RDT_TRY(const auto identity, tdx::parse_enclave_identity(document.body));
        if (identity.id != "TD_QE") return fail(Code::invalid_argument, "QE identity: its id is not TD_QE");
        RDT_CHECK(check_time("QE identity", identity.issue_date, identity.next_update, at_));
        for (const auto& known : identities_)
            if (const auto other = tdx::parse_enclave_identity(known.body); other && other->id == identity.id)
                RDT_CHECK(check_not_older("QE identity", identity, *other));
        return {};
    }

    const tdx::Collateral& brought_;
    const std::vector<tee::TrustAnchor>& anchors_;
    tee::SignatureScheme scheme_;
    Time at_;
    std::vector<tee::Certificate> certificates_; ///< brought, then in use
    std::vector<tee::RevocationList> lists_;     ///< in use
    std::vector<tdx::SignedDocument> tcb_infos_; ///< in use
    std::vector<tdx::SignedDocument> identities_;
};

} // namespace

Status check_collateral(const tdx::Collateral& brought, Vendor vendor, const Collateral& in_use, Time at) {
    return Statements(brought, vendor, in_use, at).check();
}

Status check_vcek(const tee::Certificate& certificate, const Chip& chip, const Collateral& in_use, Time at) {
    namespace snp = tee::sev_snp;
    snp::Endorsements given{{certificate}, in_use.snp_revocation_lists};
    for (const auto& authority : in_use.snp_certificates)
        if (authority.is_authority()) given.certificates.push_back(authority);
    snp::Policy policy;
    policy.allows_simulation = true;
    policy.revocation = in_use.revocation;
    const auto verdict = snp::verify_endorsement(given, in_use.amd, policy, at);
    if (const auto failures = verdict.explanation.failures(); !failures.empty())
        return fail(Code::permission_denied, "VCEK: {}: expected {}, got {}", failures.front()->name,
                    failures.front()->expected, failures.front()->got);
    const auto key = verdict.endorsement ? key_of(*verdict.endorsement) : std::nullopt;
    if (!verdict.anchor_class || key != key_of(chip))
        return fail(Code::permission_denied, "VCEK: it is of another chip or firmware");
    return {};
}

} // namespace redoubt::services::attestation
