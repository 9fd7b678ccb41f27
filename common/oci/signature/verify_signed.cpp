// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/verify_signed.hpp"

#include <format>
#include <string>

#include "common/oci/signature/simple_signing.hpp"

namespace redoubt::oci::signature {
namespace {

/// What a refusal repeats of what the keys signed.
constexpr std::size_t k_longest_words = 600;

/// Whether the signature is of one of the keys. Errors: a key of another kind.
Result<bool> is_of_a_key(const StoredSignature& one, std::span<const crypto::PublicKey> keys) {
    for (const auto& key : keys) {
        const auto point = key.point();
        if (!point || point->curve != crypto::Curve::p256)
            return fail(Code::invalid_argument, "the key is no EC key of P-256, which cosign's keys are");
        if (verify_payload(key, one.payload, one.signature)) return true;
    }
    return false;
}

} // namespace

Status verify_signed(const ImageInQuestion& image, const IdentityRule& rule,
                     std::span<const crypto::PublicKey> keys, std::span<const StoredSignature> signatures) {
    if (signatures.empty()) return fail(Code::permission_denied, "the image comes with no signature");
    std::string others;
    for (const auto& one : signatures) {
        RDT_TRY(const bool is_genuine, is_of_a_key(one, keys));
        if (!is_genuine) continue;
        const auto said = parse_payload(one.payload);
        if (!said) continue; // the key's owner signed something else with it
        if (said->manifest == image.manifest && is_identity_of(rule, image.reference, said->reference))
            return {};
        if (others.size() < k_longest_words)
            others += std::format("{}{} ({})", others.empty() ? "" : ", ", said->reference.substr(0, 256),
                                  said->manifest.str());
    }
    if (others.empty())
        return fail(Code::permission_denied, "none of the image's {} signatures is of that key",
                    signatures.size());
    return fail(Code::permission_denied, "that key signed {}, not {} ({})", others, image.reference.str(),
                image.manifest.str());
}

} // namespace redoubt::oci::signature
