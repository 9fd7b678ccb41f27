// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/tpm_slot.hpp"

#include <algorithm>
#include <optional>

#include "common/crypto/aead.hpp"
#include "common/crypto/digest.hpp"
#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

namespace bj = boost::json;
using crypto::Secret;

constexpr std::size_t k_least_pin = 6;
constexpr std::size_t k_secret_size = 32;
constexpr std::string_view k_by_pin = "tpm";
constexpr std::string_view k_by_boot = "tpm-boot";

/// A PIN of any length as what the TPM compares.
Result<Secret> auth_of(const Secret& pin) {
    if (pin.size() < k_least_pin)
        return fail(Code::invalid_argument, "a TPM slot needs a PIN of at least {} bytes", k_least_pin);
    return crypto::raw_digest(pin.view(), crypto::HashAlgorithm::sha256).transform([](std::string digest) {
        return Secret(std::move(digest));
    });
}

std::string binding_of(std::string_view store_id, std::string_view kind) {
    return "redoubt-kbs-slot-1|" + std::string(store_id) + "|" + std::string(kind);
}

Result<std::string> decode(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text).transform_error(context("{}", node.path()));
}

/// The slot, from what the TPM sealed and the root key closed by the same secret.
Result<bj::object> make_slot(const RootKey& key, std::string_view store_id, std::string_view kind,
                             const SealedObject& sealed_key, const Secret& slot_key) {
    RDT_TRY(const auto nonce, crypto::random_bytes(crypto::k_gcm_nonce_size));
    RDT_TRY(const auto sealed,
            crypto::seal_aes_256_gcm(slot_key, nonce, key.bytes().view(), binding_of(store_id, kind)));
    return bj::object{{"kind", kind},
                      {"public", encoding::to_base64(sealed_key.public_part)},
                      {"private", encoding::to_base64(sealed_key.private_part)},
                      {"nonce", encoding::to_base64(nonce)},
                      {"key", encoding::to_base64(sealed.ciphertext)},
                      {"tag", encoding::to_base64(sealed.tag)}};
}

Result<SealedObject> sealed_in(const json::Node& slot) {
    SealedObject sealed;
    RDT_TRY(sealed.public_part, decode(slot["public"]));
    RDT_TRY(sealed.private_part, decode(slot["private"]));
    return sealed;
}

Result<RootKey> open_slot(const json::Node& slot, std::string_view store_id, std::string_view kind,
                          const Secret& slot_key) {
    RDT_TRY(const auto nonce, decode(slot["nonce"]));
    RDT_TRY(const auto closed, decode(slot["key"]));
    RDT_TRY(const auto tag, decode(slot["tag"]));
    auto bytes = crypto::open_aes_256_gcm(slot_key, nonce, closed, tag, binding_of(store_id, kind));
    if (!bytes) return fail(Code::permission_denied, "TPM slot: of another store, or changed");
    if (bytes->size() != crypto::k_aes_256_size) return slot.wrong("not a root key");
    return RootKey(*std::move(bytes));
}

/// A PCR that something was measured into.
Result<std::string> measured_pcr(Tpm& tpm, unsigned number) {
    RDT_TRY(auto value, tpm.read_pcr(number));
    if (std::ranges::all_of(value, [](char c) { return c == '\0'; }))
        return fail(Code::failed_precondition, "nothing was measured into PCR {}", number);
    return value;
}

} // namespace

Result<bj::object> close_by_tpm(const RootKey& key, std::string_view store_id, const Secret& pin,
                                const TpmAddress& address) {
    RDT_TRY(const auto auth, auth_of(pin));
    RDT_TRY(const auto slot_key, crypto::random_secret(k_secret_size));
    RDT_TRY(const auto tpm, Tpm::open(address));
    RDT_TRY(const auto sealed, tpm->seal(slot_key, auth));
    return make_slot(key, store_id, k_by_pin, sealed, slot_key);
}

Result<RootKey> open_by_tpm(const json::Node& slot, std::string_view store_id, const Secret& pin,
                            const TpmAddress& address) {
    RDT_TRY(const auto auth, auth_of(pin));
    RDT_TRY(const auto sealed, sealed_in(slot));
    RDT_TRY(const auto tpm, Tpm::open(address));
    RDT_TRY(const auto slot_key, tpm->unseal(sealed, auth));
    return open_slot(slot, store_id, k_by_pin, slot_key);
}

Result<bj::object> close_by_boot(const RootKey& key, std::string_view store_id, const PolicySigner& signer,
                                 const Secret* pin, const TpmAddress& address) {
    std::optional<Secret> auth;
    if (pin != nullptr) {
        RDT_TRY(auto value, auth_of(*pin));
        auth.emplace(std::move(value));
    }
    RDT_TRY(const auto slot_key, crypto::random_secret(k_secret_size));
    RDT_TRY(const auto tpm, Tpm::open(address));
    RDT_TRY(const auto pcr_7, measured_pcr(*tpm, k_pcr_secure_boot));
    RDT_CHECK(measured_pcr(*tpm, k_pcr_kernel));
    RDT_TRY(const auto policy, slot_policy(signer, pcr_7, pin != nullptr));
    RDT_TRY(const auto sealed, tpm->seal_for_policy(slot_key, policy, auth ? &*auth : nullptr));
    RDT_TRY(auto slot, make_slot(key, store_id, k_by_boot, sealed, slot_key));
    slot["signer"] = encoding::to_base64(signer.spki());
    slot["pin"] = pin != nullptr;
    return slot;
}

Result<RootKey> open_by_boot(const json::Node& slot, std::string_view store_id, std::string_view signatures,
                             const Secret* pin, const TpmAddress& address) {
    RDT_TRY(const bool needs_pin, slot["pin"].boolean());
    std::optional<Secret> auth;
    if (needs_pin) {
        if (pin == nullptr) return fail(Code::failed_precondition, "TPM slot: it needs its PIN");
        RDT_TRY(auto value, auth_of(*pin));
        auth.emplace(std::move(value));
    }
    RDT_TRY(const auto spki, decode(slot["signer"]));
    RDT_TRY(const auto signer, PolicySigner::parse(spki).transform_error(context("{}", slot.path())));
    RDT_TRY(const auto sealed, sealed_in(slot));
    RDT_TRY(const auto tpm, Tpm::open(address));
    RDT_TRY(const auto pcr_11, measured_pcr(*tpm, k_pcr_kernel));
    RDT_TRY(const auto policy, kernel_policy(pcr_11));
    RDT_TRY(const auto signed_policy, find_signature(signatures, signer, policy));
    RDT_TRY(const auto slot_key, tpm->unseal_for_boot(sealed, signed_policy, auth ? &*auth : nullptr));
    return open_slot(slot, store_id, k_by_boot, slot_key);
}

} // namespace redoubt::services::kms
