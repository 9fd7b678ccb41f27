// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/sealer.hpp"

#include <initializer_list>

#include "common/crypto/aead.hpp"
#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

using crypto::Secret;

constexpr std::string_view k_first_format = "redoubt-kbs-value-1";
constexpr std::string_view k_value_format = "redoubt-kbs-value-2";
constexpr std::string_view k_key_format = "redoubt-kbs-tenant-key-1";
constexpr std::string_view k_note_format = "redoubt-kbs-note-1";
constexpr std::size_t k_salt_size = 32;
constexpr std::size_t k_overhead = k_salt_size + crypto::k_gcm_nonce_size + crypto::k_gcm_tag_size;

/// Length and bytes of each: no two lists of parts give the same text.
std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const auto part : parts) {
        for (const unsigned shift : {24U, 16U, 8U, 0U})
            out += static_cast<char>((part.size() >> shift) & 0xFFU);
        out += part;
    }
    return out;
}

/// Under a key of its own, which `key` and a salt give.
Result<std::string> seal_bytes(const Secret& key, std::string_view format, std::string_view bytes,
                               std::string_view binding) {
    RDT_TRY(const auto salt, crypto::random_bytes(k_salt_size));
    RDT_TRY(const auto nonce, crypto::random_bytes(crypto::k_gcm_nonce_size));
    RDT_TRY(const auto own_key, crypto::hkdf_sha256(key.view(), salt, format, crypto::k_aes_256_size));
    RDT_TRY(const auto sealed, crypto::seal_aes_256_gcm(own_key, nonce, bytes, binding));
    return encoding::to_base64(salt + nonce + sealed.tag + sealed.ciphertext);
}

Result<Secret> open_bytes(const Secret& key, std::string_view format, std::string_view text,
                          std::string_view binding) {
    RDT_TRY(const auto decoded, encoding::from_base64(text));
    if (decoded.size() < k_overhead) return fail(Code::data_loss, "too short");
    const std::string_view bytes(decoded);
    const auto tag_at = k_salt_size + crypto::k_gcm_nonce_size;
    RDT_TRY(const auto own_key,
            crypto::hkdf_sha256(key.view(), bytes.substr(0, k_salt_size), format, crypto::k_aes_256_size));
    return crypto::open_aes_256_gcm(own_key, bytes.substr(k_salt_size, crypto::k_gcm_nonce_size),
                                    bytes.substr(k_overhead), bytes.substr(tag_at, crypto::k_gcm_tag_size),
                                    binding);
}

std::unexpected<Error> not_of(const Place& place) {
    return fail(Code::data_loss, "{} '{}' version {} of tenant '{}': not what was sealed for this place",
                place.table, place.row, place.version, place.tenant);
}

std::string binding_of_key(std::string_view store_id, std::string_view tenant, std::int64_t version) {
    return joined({k_key_format, store_id, tenant, std::to_string(version)});
}

std::string binding_of_value(std::string_view store_id, const Place& place, std::int64_t key_version) {
    return joined({k_value_format, store_id, place.tenant, place.table, place.row,
                   std::to_string(place.version), place.column, std::to_string(key_version)});
}

} // namespace

Result<Sealer> Sealer::make(const RootKey& root, std::string store_id) {
    RDT_TRY(auto wrapping, root.derive("tenants' keys"));
    RDT_TRY(auto notes, root.derive("the store's notes"));
    RDT_TRY(auto first, root.derive("sealed values"));
    return Sealer(std::move(wrapping), std::move(notes), std::move(first), std::move(store_id));
}

std::int64_t Sealer::newest_key(std::string_view tenant) const {
    const auto found = tenants_.find(tenant);
    return found == tenants_.end() || found->second.empty() ? 0 : found->second.rbegin()->first;
}

Result<std::string> Sealer::make_tenant_key(std::string_view tenant) {
    const auto version = newest_key(tenant) + 1;
    RDT_TRY(auto key, crypto::random_secret(crypto::k_aes_256_size));
    RDT_TRY(auto wrapped,
            seal_bytes(wrapping_, k_key_format, key.view(), binding_of_key(store_id_, tenant, version)));
    tenants_[std::string(tenant)].insert_or_assign(version, std::move(key));
    return wrapped;
}

Status Sealer::load_tenant_key(std::string_view tenant, std::int64_t version, std::string_view wrapped) {
    auto key = open_bytes(wrapping_, k_key_format, wrapped, binding_of_key(store_id_, tenant, version));
    if (version <= 0 || !key || key->size() != crypto::k_aes_256_size)
        return fail(Code::data_loss, "key {} of tenant '{}': not what was wrapped for him", version, tenant);
    tenants_[std::string(tenant)].insert_or_assign(version, *std::move(key));
    return {};
}

void Sealer::forget_tenant_key(std::string_view tenant, std::int64_t version) {
    if (const auto found = tenants_.find(tenant); found != tenants_.end()) found->second.erase(version);
}

Result<SealedValue> Sealer::seal(const Place& place, std::string_view value) const {
    const auto keys = tenants_.find(place.tenant);
    if (keys == tenants_.end() || keys->second.empty())
        return fail(Code::failed_precondition, "tenant '{}' has no key", place.tenant);
    const auto& [version, key] = *keys->second.rbegin();
    RDT_TRY(auto text, seal_bytes(key, k_value_format, value, binding_of_value(store_id_, place, version)));
    return SealedValue{std::move(text), version};
}

Result<Secret> Sealer::open(const Place& place, const SealedValue& sealed) const {
    const auto keys = tenants_.find(place.tenant);
    if (keys == tenants_.end()) return not_of(place);
    const auto key = keys->second.find(sealed.key_version);
    if (key == keys->second.end()) return not_of(place);
    auto value = open_bytes(key->second, k_value_format, sealed.text,
                            binding_of_value(store_id_, place, sealed.key_version));
    if (!value) return not_of(place);
    return value;
}

Result<std::string> Sealer::seal_note(std::string_view name, std::string_view text) const {
    return seal_bytes(notes_, k_note_format, text, joined({k_note_format, store_id_, name}));
}

Result<Secret> Sealer::open_note(std::string_view name, std::string_view sealed) const {
    auto text = open_bytes(notes_, k_note_format, sealed, joined({k_note_format, store_id_, name}));
    if (!text) return fail(Code::data_loss, "the store's note '{}': not what was sealed", name);
    return text;
}

Result<Secret> Sealer::open_first_format(const Place& place, std::string_view text) const {
    const auto binding = joined({k_first_format, store_id_, place.tenant, place.table, place.row,
                                 std::to_string(place.version), place.column});
    auto value = open_bytes(first_, k_first_format, text, binding);
    if (!value) return not_of(place);
    return value;
}

} // namespace redoubt::services::kms
