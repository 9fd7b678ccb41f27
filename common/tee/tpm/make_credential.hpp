// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// TPM2_MakeCredential in software: a secret that only the TPM which holds both the endorsement key and the
/// named key can read. Source: TCG TPM 2.0 Library, part 1, 24 and annexes B and C.

#include <string>
#include <string_view>

#include "common/tee/evidence/public_key.hpp"

namespace redoubt::tee::tpm {

struct Credential {
    std::string id_object;        ///< TPM2B_ID_OBJECT
    std::string encrypted_secret; ///< TPM2B_ENCRYPTED_SECRET
};

/// Randomness, given so that vectors can be checked: a seed as long as the EK's symmetric key (16 bytes), and
/// for OAEP one as long as the hash (32 bytes).
struct CredentialRandom {
    std::string seed;
    std::string oaep_seed;
};
/// Errors: internal.
[[nodiscard]] Result<CredentialRandom> make_credential_random();

/// For an RSA endorsement key with AES-128-CFB and SHA-256 (the low range template). `name` is the
/// attestation key's, `secret` at most 32 bytes. Errors: invalid_argument, internal; unimplemented for keys
/// that are not RSA.
[[nodiscard]] Result<Credential> make_credential(const PublicKey& endorsement_key, std::string_view name,
                                                 std::string_view secret, const CredentialRandom& random);

/// KDFa of part 1, 11.4.10.2, with SHA-256. Errors: internal.
[[nodiscard]] Result<std::string> kdfa(std::string_view key, std::string_view label,
                                       std::string_view context_u, std::string_view context_v,
                                       std::size_t bits);

} // namespace redoubt::tee::tpm
