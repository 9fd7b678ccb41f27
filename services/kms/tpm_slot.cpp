// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/tpm_slot.hpp"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <array>
#include <memory>

#include "common/crypto/aead.hpp"
#include "common/crypto/digest.hpp"
#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

namespace bj = boost::json;
using crypto::Secret;

constexpr std::size_t k_least_pin = 6;
constexpr std::size_t k_secret_size = 32;

template <class T>
using FromTss = std::unique_ptr<T, decltype(&Esys_Free)>;

std::string words_of(TSS2_RC code) {
    return Tss2_RC_Decode(code);
}

/// An open TPM with its storage root key and an encrypted session; all flushed when it goes.
class Tpm {
  public:
    static Result<std::unique_ptr<Tpm>> open(const TpmAddress& address) {
        std::unique_ptr<Tpm> tpm(new Tpm);
        if (const auto code = Tss2_TctiLdr_Initialize(address.tcti.c_str(), &tpm->tcti_);
            code != TSS2_RC_SUCCESS)
            return fail(Code::unavailable, "TPM {}: {}", address.tcti, words_of(code));
        if (const auto code = Esys_Initialize(&tpm->esys_, tpm->tcti_, nullptr); code != TSS2_RC_SUCCESS)
            return fail(Code::unavailable, "TPM {}: {}", address.tcti, words_of(code));
        RDT_CHECK(tpm->make_root());
        RDT_CHECK(tpm->start_session());
        return tpm;
    }
    Tpm(const Tpm&) = delete;
    Tpm& operator=(const Tpm&) = delete;
    Tpm(Tpm&&) = delete;
    Tpm& operator=(Tpm&&) = delete;
    ~Tpm() {
        for (const auto handle : {object_, session_, root_})
            if (handle != ESYS_TR_NONE) Esys_FlushContext(esys_, handle);
        if (esys_ != nullptr) Esys_Finalize(&esys_);
        if (tcti_ != nullptr) Tss2_TctiLdr_Finalize(&tcti_);
    }

    struct SealedObject {
        std::string public_part;
        std::string private_part;
    };
    Result<SealedObject> seal(const Secret& secret, const Secret& auth);
    Result<Secret> unseal(const SealedObject& sealed, const Secret& auth);

  private:
    Tpm() = default;
    Status make_root();
    Status start_session();

    TSS2_TCTI_CONTEXT* tcti_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
    ESYS_TR root_ = ESYS_TR_NONE;
    ESYS_TR session_ = ESYS_TR_NONE;
    ESYS_TR object_ = ESYS_TR_NONE;
};

/// The storage root key's template. Source: TCG TPM v2.0 Provisioning Guidance, 7.5.1 (ECC P-256).
TPM2B_PUBLIC root_template() {
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_ECC;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                       TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                                       TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
    auto& detail = area.publicArea.parameters.eccDetail;
    detail.symmetric.algorithm = TPM2_ALG_AES;
    detail.symmetric.keyBits.aes = 128;
    detail.symmetric.mode.aes = TPM2_ALG_CFB;
    detail.scheme.scheme = TPM2_ALG_NULL;
    detail.curveID = TPM2_ECC_NIST_P256;
    detail.kdf.scheme = TPM2_ALG_NULL;
    area.publicArea.unique.ecc.x.size = 32;
    area.publicArea.unique.ecc.y.size = 32;
    return area;
}

/// A sealed object whose wrong PINs the TPM counts: without NODA.
TPM2B_PUBLIC seal_template() {
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_KEYEDHASH;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes =
        TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH;
    area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
    return area;
}

template <class Sized>
void fill(Sized& into, const Secret& from) {
    into.size = static_cast<UINT16>(from.size());
    std::copy_n(from.data(), from.size(), std::begin(into.buffer));
}

Status Tpm::make_root() {
    const auto area = root_template();
    const TPM2B_SENSITIVE_CREATE sensitive{};
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    const auto code =
        Esys_CreatePrimary(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                           &area, &outside, &pcrs, &root_, nullptr, nullptr, nullptr, nullptr);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM storage root key: {}", words_of(code));
    return {};
}

Status Tpm::start_session() {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    auto code = Esys_StartAuthSession(esys_, root_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                      nullptr, TPM2_SE_HMAC, &symmetric, TPM2_ALG_SHA256, &session_);
    if (code == TSS2_RC_SUCCESS)
        // Salted and encrypted both ways: who listens on the bus learns nothing.
        code = Esys_TRSess_SetAttributes(
            esys_, session_, TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT,
            0xFF);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM session: {}", words_of(code));
    return {};
}

Result<Tpm::SealedObject> Tpm::seal(const Secret& secret, const Secret& auth) {
    const auto area = seal_template();
    TPM2B_SENSITIVE_CREATE sensitive{};
    fill(sensitive.sensitive.userAuth, auth);
    fill(sensitive.sensitive.data, secret);
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    TPM2B_PRIVATE* private_raw = nullptr;
    TPM2B_PUBLIC* public_raw = nullptr;
    const auto code = Esys_Create(esys_, root_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area,
                                  &outside, &pcrs, &private_raw, &public_raw, nullptr, nullptr, nullptr);
    std::ranges::fill(sensitive.sensitive.userAuth.buffer, BYTE{0});
    std::ranges::fill(sensitive.sensitive.data.buffer, BYTE{0});
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "seal in the TPM: {}", words_of(code));
    const FromTss<TPM2B_PRIVATE> private_part(private_raw, &Esys_Free);
    const FromTss<TPM2B_PUBLIC> public_part(public_raw, &Esys_Free);
    std::array<std::uint8_t, sizeof(TPM2B_PUBLIC)> marshalled{};
    std::size_t size = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(public_part.get(), marshalled.data(), marshalled.size(), &size) !=
        TSS2_RC_SUCCESS)
        return fail(Code::internal, "seal in the TPM: the object cannot be written");
    return SealedObject{std::string(reinterpret_cast<const char*>(marshalled.data()), size),
                        std::string(reinterpret_cast<const char*>(private_part->buffer), private_part->size)};
}

Result<Secret> Tpm::unseal(const SealedObject& sealed, const Secret& auth) {
    TPM2B_PUBLIC area{};
    std::size_t offset = 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(sealed.public_part.data());
    TPM2B_PRIVATE private_part{};
    if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(bytes, sealed.public_part.size(), &offset, &area) != TSS2_RC_SUCCESS ||
        sealed.private_part.size() > sizeof(private_part.buffer))
        return fail(Code::invalid_argument, "TPM slot: not a sealed object");
    private_part.size = static_cast<UINT16>(sealed.private_part.size());
    std::ranges::copy(sealed.private_part, private_part.buffer);
    if (const auto code =
            Esys_Load(esys_, root_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &private_part, &area, &object_);
        code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: not of this TPM, or changed: {}", words_of(code));
    TPM2B_AUTH value{};
    fill(value, auth);
    Esys_TR_SetAuth(esys_, object_, &value);
    std::ranges::fill(value.buffer, BYTE{0});
    TPM2B_SENSITIVE_DATA* raw = nullptr;
    const auto code = Esys_Unseal(esys_, object_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &raw);
    const FromTss<TPM2B_SENSITIVE_DATA> data(raw, &Esys_Free);
    if ((code & 0xFFFU) == TPM2_RC_LOCKOUT)
        return fail(Code::unavailable, "TPM slot: too many wrong PINs; the TPM takes none for a while");
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: the PIN does not open it: {}", words_of(code));
    auto secret = Secret::copy_of({reinterpret_cast<const char*>(data->buffer), data->size});
    std::ranges::fill(data->buffer, BYTE{0});
    return secret;
}

/// A PIN of any length as what the TPM compares.
Result<Secret> auth_of(const Secret& pin) {
    if (pin.size() < k_least_pin)
        return fail(Code::invalid_argument, "a TPM slot needs a PIN of at least {} bytes", k_least_pin);
    RDT_TRY(auto hasher, crypto::Hasher::make());
    RDT_CHECK(hasher.update(pin.view()));
    RDT_TRY(auto digest, hasher.finish_raw());
    return Secret(std::move(digest));
}

std::string binding_of(std::string_view store_id) {
    return "redoubt-kbs-slot-1|" + std::string(store_id) + "|tpm";
}

Result<std::string> decode(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text).transform_error(context("{}", node.path()));
}

} // namespace

Result<bj::object> close_by_tpm(const RootKey& key, std::string_view store_id, const Secret& pin,
                                const TpmAddress& address) {
    RDT_TRY(const auto auth, auth_of(pin));
    RDT_TRY(const auto slot_key, crypto::random_secret(k_secret_size));
    RDT_TRY(const auto tpm, Tpm::open(address));
    RDT_TRY(const auto sealed_key, tpm->seal(slot_key, auth));
    RDT_TRY(const auto nonce, crypto::random_bytes(crypto::k_gcm_nonce_size));
    RDT_TRY(const auto sealed,
            crypto::seal_aes_256_gcm(slot_key, nonce, key.bytes().view(), binding_of(store_id)));
    return bj::object{{"kind", "tpm"},
                      {"public", encoding::to_base64(sealed_key.public_part)},
                      {"private", encoding::to_base64(sealed_key.private_part)},
                      {"nonce", encoding::to_base64(nonce)},
                      {"key", encoding::to_base64(sealed.ciphertext)},
                      {"tag", encoding::to_base64(sealed.tag)}};
}

Result<RootKey> open_by_tpm(const json::Node& slot, std::string_view store_id, const Secret& pin,
                            const TpmAddress& address) {
    RDT_TRY(const auto auth, auth_of(pin));
    Tpm::SealedObject sealed_key;
    RDT_TRY(sealed_key.public_part, decode(slot["public"]));
    RDT_TRY(sealed_key.private_part, decode(slot["private"]));
    RDT_TRY(const auto nonce, decode(slot["nonce"]));
    RDT_TRY(const auto closed, decode(slot["key"]));
    RDT_TRY(const auto tag, decode(slot["tag"]));
    RDT_TRY(const auto tpm, Tpm::open(address));
    RDT_TRY(const auto slot_key, tpm->unseal(sealed_key, auth));
    auto bytes = crypto::open_aes_256_gcm(slot_key, nonce, closed, tag, binding_of(store_id));
    if (!bytes) return fail(Code::permission_denied, "TPM slot: of another store, or changed");
    if (bytes->size() != crypto::k_aes_256_size) return slot.wrong("not a root key");
    return RootKey(*std::move(bytes));
}

} // namespace redoubt::services::kms
