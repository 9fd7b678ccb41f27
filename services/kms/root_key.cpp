// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/root_key.hpp"

#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

namespace bj = boost::json;
using crypto::Secret;

constexpr std::size_t k_salt_size = 32;
constexpr std::size_t k_least_passphrase = 8;
// Bounds of what a slot may ask for: a changed slot must not take all memory.
constexpr std::uint64_t k_max_memory_kib = 4U << 20U;
constexpr std::uint64_t k_max_passes = 64;

std::string binding_of(std::string_view store_id, std::string_view kind) {
    return "redoubt-kbs-slot-1|" + std::string(store_id) + "|" + std::string(kind);
}

Result<std::string> decode(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text).transform_error(context("{}", node.path()));
}

} // namespace

Result<RootKey> RootKey::generate() {
    RDT_TRY(auto bytes, crypto::random_secret(crypto::k_aes_256_size));
    return RootKey(std::move(bytes));
}

Result<Secret> RootKey::derive(std::string_view label) const {
    return crypto::hkdf_sha256(bytes_.view(), "redoubt-kbs-root-1", label, crypto::k_aes_256_size);
}

Result<bj::object> close_by_passphrase(const RootKey& key, std::string_view store_id,
                                       const Secret& passphrase, crypto::PassphraseCost cost) {
    if (passphrase.size() < k_least_passphrase)
        return fail(Code::invalid_argument, "a passphrase of fewer than {} bytes", k_least_passphrase);
    RDT_TRY(const auto salt, crypto::random_bytes(k_salt_size));
    RDT_TRY(const auto nonce, crypto::random_bytes(crypto::k_gcm_nonce_size));
    RDT_TRY(const auto slot_key, crypto::stretch_passphrase(passphrase, salt, cost, crypto::k_aes_256_size));
    RDT_TRY(const auto sealed, crypto::seal_aes_256_gcm(slot_key, nonce, key.bytes().view(),
                                                        binding_of(store_id, "passphrase")));
    return bj::object{{"kind", "passphrase"},
                      {"kdf", "argon2id"},
                      {"memory_kib", cost.memory_kib},
                      {"passes", cost.passes},
                      {"salt", encoding::to_base64(salt)},
                      {"nonce", encoding::to_base64(nonce)},
                      {"key", encoding::to_base64(sealed.ciphertext)},
                      {"tag", encoding::to_base64(sealed.tag)}};
}

Result<RootKey> open_by_passphrase(const json::Node& slot, std::string_view store_id,
                                   const Secret& passphrase) {
    RDT_TRY(const auto memory, slot["memory_kib"].unsigned_integer());
    RDT_TRY(const auto passes, slot["passes"].unsigned_integer());
    if (memory > k_max_memory_kib || passes > k_max_passes || passes == 0)
        return slot.wrong("asks for more memory or passes than is sensible");
    RDT_TRY(const auto salt, decode(slot["salt"]));
    RDT_TRY(const auto nonce, decode(slot["nonce"]));
    RDT_TRY(const auto closed, decode(slot["key"]));
    RDT_TRY(const auto tag, decode(slot["tag"]));
    const crypto::PassphraseCost cost{static_cast<std::uint32_t>(memory), static_cast<std::uint32_t>(passes)};
    RDT_TRY(const auto slot_key, crypto::stretch_passphrase(passphrase, salt, cost, crypto::k_aes_256_size));
    auto bytes = crypto::open_aes_256_gcm(slot_key, nonce, closed, tag, binding_of(store_id, "passphrase"));
    if (!bytes) return fail(Code::permission_denied, "the passphrase does not open this store");
    if (bytes->size() != crypto::k_aes_256_size) return slot.wrong("not a root key");
    return RootKey(*std::move(bytes));
}

} // namespace redoubt::services::kms
