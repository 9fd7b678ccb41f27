// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/sealer.hpp"

#include "common/crypto/aead.hpp"
#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

constexpr std::string_view k_format = "redoubt-kbs-value-1";
constexpr std::size_t k_salt_size = 32;
constexpr std::size_t k_overhead = k_salt_size + crypto::k_gcm_nonce_size + crypto::k_gcm_tag_size;

/// Length and bytes: no two lists of parts give the same text.
void append_part(std::string& out, std::string_view part) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>((part.size() >> shift) & 0xFFU);
    out += part;
}

} // namespace

Result<Sealer> Sealer::make(const RootKey& root, std::string store_id) {
    RDT_TRY(auto key, root.derive("sealed values"));
    return Sealer(std::move(key), std::move(store_id));
}

std::string Sealer::binding_of(const Place& place) const {
    std::string binding;
    append_part(binding, k_format);
    append_part(binding, store_id_);
    append_part(binding, place.tenant);
    append_part(binding, place.table);
    append_part(binding, place.row);
    append_part(binding, std::to_string(place.version));
    append_part(binding, place.column);
    return binding;
}

Result<std::string> Sealer::seal(const Place& place, std::string_view value) const {
    RDT_TRY(const auto salt, crypto::random_bytes(k_salt_size));
    RDT_TRY(const auto nonce, crypto::random_bytes(crypto::k_gcm_nonce_size));
    RDT_TRY(const auto key, crypto::hkdf_sha256(key_.view(), salt, k_format, crypto::k_aes_256_size));
    RDT_TRY(const auto sealed, crypto::seal_aes_256_gcm(key, nonce, value, binding_of(place)));
    return encoding::to_base64(salt + nonce + sealed.tag + sealed.ciphertext);
}

Result<crypto::Secret> Sealer::open(const Place& place, std::string_view sealed) const {
    const auto wrong = [&] {
        return fail(Code::data_loss, "{} '{}' version {} of tenant '{}': not what was sealed for this place",
                    place.table, place.row, place.version, place.tenant);
    };
    const auto decoded = encoding::from_base64(sealed);
    if (!decoded || decoded->size() < k_overhead) return wrong();
    const std::string_view bytes(*decoded);
    const auto nonce_at = k_salt_size;
    const auto tag_at = nonce_at + crypto::k_gcm_nonce_size;
    RDT_TRY(const auto key,
            crypto::hkdf_sha256(key_.view(), bytes.substr(0, k_salt_size), k_format, crypto::k_aes_256_size));
    auto value = crypto::open_aes_256_gcm(key, bytes.substr(nonce_at, crypto::k_gcm_nonce_size),
                                          bytes.substr(k_overhead),
                                          bytes.substr(tag_at, crypto::k_gcm_tag_size), binding_of(place));
    if (!value) return wrong();
    return value;
}

} // namespace redoubt::services::kms
