// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/chain.hpp"

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include <array>

#include "common/encoding/hex.hpp"

namespace redoubt::tee {
namespace {

std::string validity_of(const Certificate& certificate) {
    return render_time(certificate.not_before()) + " to " + render_time(certificate.not_after());
}

bool is_valid_at(const Certificate& certificate, Time at) {
    return certificate.not_before() <= at && at <= certificate.not_after();
}

/// The SubjectPublicKeyInfo as it stands in the certificate: to write it anew from the key costs as much as a
/// signature.
std::string spki_of(const Certificate& certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.native()), &der);
    if (size <= 0) return {};
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

std::string key_digest(const Certificate& certificate) {
    const auto digest = hash_of(Hash::sha256, {spki_of(certificate)});
    return digest ? "key sha256:" + encoding::to_hex(*digest) : digest.error().message;
}

/// Why this list says nothing about certificates of `authority` at `at`; empty when it does.
std::string unfit(const RevocationList& list, const Certificate& authority, Time at) {
    if (!list.verify_signature(authority)) return "its signature does not verify";
    if (list.has_unknown_critical()) return "it has a critical extension that is not understood";
    if (at < list.this_update()) return "it is from " + render_time(list.this_update());
    if (!list.next_update()) return "it has no next update";
    if (at >= *list.next_update()) return "it expired at " + render_time(*list.next_update());
    return {};
}

} // namespace

std::string_view name_of(AnchorClass anchor_class) {
    static constexpr std::array<std::string_view, 3> k_names{"production", "operator", "simulation"};
    return k_names.at(static_cast<std::size_t>(anchor_class));
}

TrustAnchor make_operator_anchor(Certificate root) {
    const bool is_simulation =
        root.subject().contains(k_simulation_mark) || root.organisation().contains(k_simulation_mark);
    return {std::move(root), is_simulation ? AnchorClass::simulation : AnchorClass::operator_given};
}

const TrustAnchor* find_anchor(const std::vector<TrustAnchor>& anchors, const Certificate& root) {
    const auto key = spki_of(root);
    for (const TrustAnchor& anchor : anchors)
        if (!key.empty() && spki_of(anchor.root) == key) return &anchor;
    return nullptr;
}

bool verify_link(Explanation& explanation, std::string_view name, const Certificate& certificate,
                 const Certificate& authority, const ChainRules& rules) {
    const std::string prefix(name);
    bool is_good =
        explanation.check(Stage::crypto, prefix + ".issuer", certificate.is_issued_by_name_of(authority),
                          authority.subject(), certificate.issuer(), "issuer's certificate");
    const auto scheme = certificate.scheme();
    const auto signature = certificate.verify_signature(authority);
    std::string got = signature ? scheme.key + " with " + scheme.hash : signature.error().message;
    is_good &=
        explanation.check(Stage::crypto, prefix + ".signature", signature && scheme == rules.scheme,
                          rules.scheme.key + " with " + rules.scheme.hash + " by " + authority.subject(), got,
                          "issuer's public key");
    is_good &= explanation.check(Stage::crypto, prefix + ".validity", is_valid_at(certificate, rules.at),
                                 render_time(rules.at), validity_of(certificate), "certificate");
    const bool is_allowed = authority.is_authority();
    const bool is_understood = !certificate.has_unknown_critical(rules.handled);
    const bool fits_path =
        !certificate.is_authority() || certificate.is_self_issued() || authority.path_length() != 0;
    if (!is_allowed)
        got = "the issuer is no certificate authority";
    else if (!is_understood)
        got = "a critical extension that is not understood";
    else
        got = fits_path ? "as expected" : "an authority below one that may have none";
    is_good &=
        explanation.check(Stage::crypto, prefix + ".constraints", is_allowed && is_understood && fits_path,
                          "issued by an authority, within its limits", got, "RFC 5280 4.2.1");
    return is_good;
}

bool verify_not_revoked(Explanation& explanation, std::string_view name, const Certificate& certificate,
                        const Certificate& authority, const ChainRules& rules) {
    const std::string claim = std::string(name) + ".revocation";
    const std::string expected =
        "serial " + certificate.serial() + " in no fresh list of " + authority.subject();
    std::string why;
    std::size_t foreign = 0;
    bool has_fit = false;
    for (const RevocationList& list : *rules.lists) {
        if (!list.is_issued_by_name_of(authority)) {
            ++foreign;
            continue;
        }
        const auto reason = unfit(list, authority, rules.at);
        // A list that names the certificate is believed even when it is old, as long as its issuer signed it.
        if (list.has(certificate) && list.verify_signature(authority))
            return explanation.check(rules.revocation_stage, claim, false, expected, "revoked",
                                     "revocation list");
        if (reason.empty())
            has_fit = true;
        else
            why = reason;
    }
    if (has_fit)
        return explanation.check(rules.revocation_stage, claim, true, expected, "not listed",
                                 "revocation list");
    if (why.empty() && foreign > 0) why = std::format("none of its lists; {} of other issuers", foreign);
    const bool is_given = !why.empty();
    if (!is_given && rules.revocation == RevocationRule::when_given) {
        explanation.skip(rules.revocation_stage, claim, expected, "no revocation list given");
        return true;
    }
    return explanation.check(rules.revocation_stage, claim, false, expected,
                             is_given ? why : "no revocation list", "revocation list");
}

const TrustAnchor* verify_root(Explanation& explanation, std::string_view name, const Certificate& root,
                               const std::vector<TrustAnchor>& anchors, Time at) {
    const auto* anchor = find_anchor(anchors, root);
    std::string expected = "a root whose key is pinned";
    if (anchor != nullptr)
        expected = std::string(name_of(anchor->anchor_class)) + " anchor " + anchor->root.subject();
    const bool is_valid = is_valid_at(root, at) && root.verify_signature(root).has_value();
    const bool is_good = explanation.check(
        Stage::crypto, name, anchor != nullptr && is_valid, expected,
        root.subject() + ", " + key_digest(root) + ", " + validity_of(root), "trust anchors");
    return is_good ? anchor : nullptr;
}

} // namespace redoubt::tee
