// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// The keys of the host's TPM: which they are, and what only their TPM can do.

#include <tss2/tss2_mu.h>

#include <array>

#include "common/tee/evidence/hash.hpp"
#include "common/tss/tss.hpp"
#include "node-daemon/attestation/host_tpm.hpp"

namespace redoubt::node::attestation {
namespace {

using tss::fill;
using tss::FromTss;
using tss::k_format_one;
using tss::text_of;
using tss::words_of;

constexpr UINT16 k_rsa_bits = 2048;
constexpr std::size_t k_point_size = 32;

/// Tells this key from others below the same seed.
constexpr std::string_view k_key_name = "org.redoubt.node-attestation-key.v1";

/// TPM2_PolicySecret of the endorsement hierarchy. Source: EK Credential Profile 2.5, B.6.2, PolicyA.
constexpr std::array<BYTE, 32> k_endorsement_policy{
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

/// The template L-1 (RSA 2048), which the certificate in k_certificate_index is for. Source: the same, B.3.3.
TPM2B_PUBLIC endorsement_template() {
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_RSA;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                       TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY |
                                       TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
    area.publicArea.authPolicy.size = k_endorsement_policy.size();
    std::ranges::copy(k_endorsement_policy, std::begin(area.publicArea.authPolicy.buffer));
    auto& detail = area.publicArea.parameters.rsaDetail;
    detail.symmetric.algorithm = TPM2_ALG_AES;
    detail.symmetric.keyBits.aes = 128;
    detail.symmetric.mode.aes = TPM2_ALG_CFB;
    detail.scheme.scheme = TPM2_ALG_NULL;
    detail.keyBits = k_rsa_bits;
    area.publicArea.unique.rsa.size = k_rsa_bits / 8;
    return area;
}

Result<TPM2B_PUBLIC> attestation_template() {
    RDT_TRY(const auto label, tee::hash_of(tee::Hash::sha256, {k_key_name}));
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_ECC;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                       TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                                       TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT;
    auto& detail = area.publicArea.parameters.eccDetail;
    detail.symmetric.algorithm = TPM2_ALG_NULL;
    detail.scheme.scheme = TPM2_ALG_ECDSA;
    detail.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256;
    detail.curveID = TPM2_ECC_NIST_P256;
    detail.kdf.scheme = TPM2_ALG_NULL;
    fill(area.publicArea.unique.ecc.x, label);
    area.publicArea.unique.ecc.y.size = k_point_size;
    return area;
}

struct MadeKey {
    ESYS_TR handle = ESYS_TR_NONE;
    std::string public_area; ///< TPM2B_PUBLIC
};

Result<MadeKey> make_primary(ESYS_CONTEXT* esys, const TPM2B_PUBLIC& area, std::string_view what) {
    const TPM2B_SENSITIVE_CREATE sensitive{};
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION pcrs{};
    MadeKey made;
    TPM2B_PUBLIC* raw = nullptr;
    const auto code =
        Esys_CreatePrimary(esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                           &sensitive, &area, &outside, &pcrs, &made.handle, &raw, nullptr, nullptr, nullptr);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM {}: {}", what, words_of(code));
    const FromTss<TPM2B_PUBLIC> given(raw, &Esys_Free);
    std::array<std::uint8_t, sizeof(TPM2B_PUBLIC)> marshalled{};
    std::size_t size = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(given.get(), marshalled.data(), marshalled.size(), &size) !=
        TSS2_RC_SUCCESS) {
        Esys_FlushContext(esys, made.handle);
        return fail(Code::internal, "TPM {}: it cannot be written", what);
    }
    made.public_area = text_of(marshalled.data(), size);
    return made;
}

/// A value with its length in front, in two bytes, and nothing behind it.
Result<std::string_view> content_of(std::string_view sized, std::size_t most, std::string_view what) {
    const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<BYTE>(sized[at])); };
    if (sized.size() < 2 || sized.size() - 2 != (byte(0) << 8U | byte(1)) || sized.size() - 2 > most)
        return fail(Code::invalid_argument, "{}: not of the form that TPM2_MakeCredential gives", what);
    return sized.substr(2);
}

} // namespace

Status HostTpm::make_attestation_key() {
    RDT_TRY(const auto area, attestation_template());
    RDT_TRY(auto made, make_primary(esys_, area, "attestation key"));
    ak_ = made.handle;
    ak_public_ = std::move(made.public_area);
    return {};
}

Result<ESYS_TR> HostTpm::make_endorsement_key() {
    if (ek_ != ESYS_TR_NONE) return ek_;
    RDT_TRY(const auto made, make_primary(esys_, endorsement_template(), "endorsement key"));
    ek_ = made.handle;
    return ek_;
}

/// Satisfies the endorsement key's policy: who knows the hierarchy's value, which is empty, may use it.
Result<ESYS_TR> HostTpm::start_endorsement_session() {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_NULL;
    auto code =
        Esys_StartAuthSession(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              nullptr, TPM2_SE_POLICY, &symmetric, TPM2_ALG_SHA256, &session_);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM policy session: {}", words_of(code));
    code = Esys_PolicySecret(esys_, ESYS_TR_RH_ENDORSEMENT, session_, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                             ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM endorsement hierarchy: {}", words_of(code));
    return session_;
}

Result<std::string> HostTpm::activate(std::string_view id_object, std::string_view encrypted_secret) {
    TPM2B_ID_OBJECT credential{};
    TPM2B_ENCRYPTED_SECRET secret{};
    RDT_TRY(const auto object, content_of(id_object, sizeof(credential.credential), "id object"));
    RDT_TRY(const auto cipher, content_of(encrypted_secret, sizeof(secret.secret), "encrypted secret"));
    credential.size = static_cast<UINT16>(object.size());
    std::ranges::copy(object, std::begin(credential.credential));
    secret.size = static_cast<UINT16>(cipher.size());
    std::ranges::copy(cipher, std::begin(secret.secret));
    RDT_TRY(const auto endorsement_key, make_endorsement_key());
    RDT_TRY(const auto session, start_endorsement_session());
    TPM2B_DIGEST* raw = nullptr;
    const auto code = Esys_ActivateCredential(esys_, ak_, endorsement_key, ESYS_TR_PASSWORD, session,
                                              ESYS_TR_NONE, &credential, &secret, &raw);
    const FromTss<TPM2B_DIGEST> opened(raw, &Esys_Free);
    const auto kind = code & k_format_one;
    // FAILURE is what libtpms says of a secret that was encrypted to another key.
    if (kind == TPM2_RC_INTEGRITY || kind == TPM2_RC_VALUE || kind == TPM2_RC_SIZE || code == TPM2_RC_FAILURE)
        return fail(Code::permission_denied, "the credential is not for this TPM and its attestation key: {}",
                    words_of(code));
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM credential: {}", words_of(code));
    return text_of(opened->buffer, opened->size);
}

} // namespace redoubt::node::attestation
