// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a node and a client prove to each other when they are paired: that both know the code on the node's
/// screen. The code itself never travels. Pure. Format and golden values: docs/formats/pairing.md.
///
/// Both proofs name both certificates, so one that was given to somebody in between is worth nothing to him.
/// He could guess codes with it at his leisure; the code has 60 random bits, its key takes a scrypt of 32
/// MiB, and it is worth something for ten minutes.

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/secret.hpp"

namespace redoubt::pairing {

inline constexpr unsigned k_version = 1;
inline constexpr std::size_t k_proof_size = 32;

/// A new code: "XXXX-XXXX-XXXX" of Crockford's 32 letters and digits. Errors: internal.
[[nodiscard]] Result<std::string> make_code();

/// A code as people type it (small letters, O for 0, I and L for 1, hyphens and blanks anywhere), in its one
/// form without hyphens. Errors: invalid_argument, which does not repeat the code.
[[nodiscard]] Result<crypto::Secret> normalize_code(std::string_view typed);

/// The key of both proofs. Takes some 0.1 s. `code`: as of normalize_code(). Errors: internal.
[[nodiscard]] Result<crypto::Secret> derive_key(const crypto::Secret& code, const crypto::Digest& node);

/// What the client sends; k_proof_size bytes. Errors: internal.
[[nodiscard]] Result<std::string> client_proof(const crypto::Secret& key, const crypto::Digest& node,
                                               const crypto::Digest& client);
/// What the node answers.
[[nodiscard]] Result<std::string> node_proof(const crypto::Secret& key, const crypto::Digest& node,
                                             const crypto::Digest& client);

} // namespace redoubt::pairing
