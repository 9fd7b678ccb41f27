// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a manifest says of an encrypted layer, in the form that Confidential Containers' key provider and
/// ocicrypt write and read. Source: ocicrypt 1.2 (spec.go, keyprovider.go); guest-components, annotation
/// packet v1 and v2; docs/formats/encrypted-images.md. Errors of the parsers: invalid_argument naming the
/// place; resource_exhausted beyond a limit; unimplemented a form that is none of ours.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/secret.hpp"
#include "common/oci/encryption/layer_cipher.hpp"

namespace redoubt::oci::encryption {

/// Who may have the layer's key: packets in base64 with commas between them.
inline constexpr std::string_view k_keys_annotation =
    "org.opencontainers.image.enc.keys.provider.attestation-agent";
/// Cipher and HMAC, which everybody may know.
inline constexpr std::string_view k_options_annotation = "org.opencontainers.image.enc.pubopts";
/// Behind the media type of the layer that was encrypted.
inline constexpr std::string_view k_type_suffix = "+encrypted";

inline constexpr std::size_t k_max_packets = 16;
inline constexpr std::size_t k_max_annotation_bytes = 64U << 10U;

/// A layer's key as it was wrapped for one reader: AES-256-GCM by a key that lies at a broker.
struct KeyPacket {
    std::string key_uri; ///< "kbs:///repository/type/tag"
    std::string wrapped; ///< ciphertext with its tag
    std::string iv;      ///< 12 bytes

    [[nodiscard]] bool operator==(const KeyPacket&) const = default;
};

/// What is known of an encrypted layer without any key.
struct LayerSeal {
    std::vector<KeyPacket> packets; ///< one at least
    std::string hmac;               ///< 32 bytes
};

/// Whether a layer of that media type is an encrypted one.
[[nodiscard]] bool is_encrypted_type(std::string_view media_type);
/// The type of what was encrypted. Takes only what is_encrypted_type() says yes to.
[[nodiscard]] std::string_view plain_type(std::string_view media_type);
/// The media type of an encrypted layer, always OCI's. Errors: failed_precondition it is encrypted already;
/// unimplemented not a layer.
[[nodiscard]] Result<std::string> encrypted_type(std::string_view media_type);

/// Reads a layer's annotations.
[[nodiscard]] Result<LayerSeal> parse_layer_seal(const std::map<std::string, std::string>& annotations);
/// The annotations that say it.
[[nodiscard]] std::map<std::string, std::string> render_layer_seal(const LayerSeal& seal);

/// Wraps a layer's key by `wrapping_key`, 32 bytes. Errors: invalid_argument a length; internal.
[[nodiscard]] Result<KeyPacket> wrap_layer_key(const LayerKey& key, std::string key_uri,
                                               const crypto::Secret& wrapping_key);
/// Errors: permission_denied another wrapping key, or a changed packet; invalid_argument a length, or what
/// was wrapped is not a layer's key.
[[nodiscard]] Result<LayerKey> unwrap_layer_key(const KeyPacket& packet, const crypto::Secret& wrapping_key);

} // namespace redoubt::oci::encryption
