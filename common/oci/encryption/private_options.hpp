// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

#include "common/crypto/secret.hpp"
#include "common/oci/encryption/layer_cipher.hpp"

namespace redoubt::oci::encryption {

/// A layer's key as it is wrapped: {"symkey": base64, "cipheroptions": {"nonce": base64}, "digest":
/// "sha256:.."}. Read and written in place, without the copies that a JSON library makes and does not wipe.
/// Source: ocicrypt 1.2, PrivateLayerBlockCipherOptions.
[[nodiscard]] crypto::Secret render_private_options(const LayerKey& key);

/// Members that are not known are passed over. Errors: invalid_argument naming the member, also one that
/// comes twice; no byte of the text is in a message.
[[nodiscard]] Result<LayerKey> parse_private_options(std::string_view text);

} // namespace redoubt::oci::encryption
