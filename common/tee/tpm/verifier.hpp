// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Verification of TPM quotes and of attestation keys. No I/O and no clock of its own.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/tee/event_log/event_log.hpp"
#include "common/tee/evidence/chain.hpp"
#include "common/tee/evidence/explanation.hpp"
#include "common/tee/tpm/structures.hpp"

namespace redoubt::tee::tpm {

/// Why an attestation key is believed to live in a TPM.
enum class KeyTrust : std::uint8_t {
    none,     ///< it came with the evidence, and nothing vouches for it
    enrolled, ///< the caller knows it, from TPM2_ActivateCredential or otherwise
    certified,
    hardware ///< a report of the processor names it
};
[[nodiscard]] std::string_view name_of(KeyTrust trust);

struct AttestationKey {
    PublicKey key;
    std::optional<PublicArea> area; ///< without it the key's attributes are its enroller's word
    KeyTrust trust = KeyTrust::none;
};

/// What the caller wants. The defaults refuse what is weak.
struct Policy {
    std::optional<std::string> nonce;   ///< raw
    std::vector<PcrSelection> required; ///< PCRs the quote has to cover
    PcrValues expected;
    bool allows_sha1 = false;
    bool allows_simulation = false;
};

struct Verdict {
    Explanation explanation;
    std::optional<Attest> attest;
    std::optional<Signature> signature;
};

/// What a quote is verified with. Lifetime: all borrowed.
struct QuoteEvidence {
    std::string_view message;   ///< TPMS_ATTEST, without the length of a TPM2B
    std::string_view signature; ///< TPMT_SIGNATURE, or bare
    const PcrValues* values = nullptr;
    const EventLog* log = nullptr; ///< has to explain the values when it is given
};

/// Verifies a quote: form, signature, key, digest of the PCR values, log, policy. Claims are
/// docs/formats/evidence.md's.
[[nodiscard]] Verdict verify_quote(const QuoteEvidence& evidence, const AttestationKey& key,
                                   const Policy& policy);

/// Verifies TPM2_CertifyCreation by a key of itself: that a TPM made it, with the attributes of an
/// attestation key.
[[nodiscard]] Verdict verify_creation(std::string_view message, std::string_view signature,
                                      const PublicArea& area, std::optional<std::string_view> creation_data);

/// Roots of Google's virtual TPMs, class production. Errors: internal.
[[nodiscard]] Result<std::vector<TrustAnchor>> production_anchors();

struct CertificateVerdict {
    Explanation explanation;
    std::vector<std::string> chain; ///< subjects, leaf first
    std::optional<AnchorClass> anchor_class;
};
/// Verifies the certificate of an endorsement or attestation key up to an anchor. Limits: 5 certificates.
[[nodiscard]] CertificateVerdict verify_certificate(const Certificate& leaf,
                                                    const std::vector<Certificate>& intermediates,
                                                    const std::vector<RevocationList>& lists,
                                                    const std::vector<TrustAnchor>& anchors,
                                                    RevocationRule revocation, Time at);

} // namespace redoubt::tee::tpm
