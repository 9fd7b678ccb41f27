// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/tpm.hpp"

#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <array>

#include "common/crypto/digest.hpp"
#include "common/tss/tss.hpp"

namespace redoubt::services::kms {
namespace {

using tss::fill;
using tss::FromTss;
using tss::k_format_one;
using tss::words_of;

using crypto::Secret;

constexpr std::size_t k_digest_size = 32;

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

TPM2B_PUBLIC seal_template(TPMA_OBJECT attributes) {
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_KEYEDHASH;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | attributes;
    area.publicArea.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL;
    return area;
}

TPMT_SYM_DEF session_cipher() {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    return symmetric;
}

} // namespace

Result<std::unique_ptr<Tpm>> Tpm::open(const TpmAddress& address) {
    std::unique_ptr<Tpm> tpm(new Tpm);
    if (const auto code = Tss2_TctiLdr_Initialize(address.tcti.c_str(), &tpm->tcti_); code != TSS2_RC_SUCCESS)
        return fail(Code::unavailable, "TPM {}: {}", address.tcti, words_of(code));
    if (const auto code = Esys_Initialize(&tpm->esys_, tpm->tcti_, nullptr); code != TSS2_RC_SUCCESS)
        return fail(Code::unavailable, "TPM {}: {}", address.tcti, words_of(code));
    RDT_CHECK(tpm->make_root());
    RDT_CHECK(tpm->start_session());
    return tpm;
}

Tpm::~Tpm() {
    for (const auto handle : {object_, signer_, policy_session_, session_, root_})
        if (handle != ESYS_TR_NONE) Esys_FlushContext(esys_, handle);
    if (esys_ != nullptr) Esys_Finalize(&esys_);
    if (tcti_ != nullptr) Tss2_TctiLdr_Finalize(&tcti_);
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
    const auto symmetric = session_cipher();
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

Status Tpm::start_policy_session() {
    const auto symmetric = session_cipher();
    const auto code =
        Esys_StartAuthSession(esys_, root_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                              TPM2_SE_POLICY, &symmetric, TPM2_ALG_SHA256, &policy_session_);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM policy session: {}", words_of(code));
    return {};
}

Result<std::string> Tpm::read_pcr(unsigned number) {
    const auto selection = selection_of(number);
    TPML_PCR_SELECTION* read_raw = nullptr;
    TPML_DIGEST* values_raw = nullptr;
    UINT32 counter = 0;
    const auto code = Esys_PCR_Read(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &selection, &counter,
                                    &read_raw, &values_raw);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "read PCR {}: {}", number, words_of(code));
    const FromTss<TPML_PCR_SELECTION> read(read_raw, &Esys_Free);
    const FromTss<TPML_DIGEST> values(values_raw, &Esys_Free);
    // Without the bank a policy would be over no PCR at all, and hold always.
    if (values->count != 1 || values->digests[0].size != k_digest_size)
        return fail(Code::failed_precondition, "the TPM has no bank of PCRs for SHA-256");
    return std::string(reinterpret_cast<const char*>(values->digests[0].buffer), k_digest_size);
}

Result<SealedObject> Tpm::seal(const Secret& secret, const Secret& auth) {
    // Without NODA: the TPM counts wrong values.
    const auto area = seal_template(TPMA_OBJECT_USERWITHAUTH);
    TPM2B_SENSITIVE_CREATE sensitive{};
    fill(sensitive.sensitive.userAuth, auth.view());
    fill(sensitive.sensitive.data, secret.view());
    return create(area, sensitive);
}

Result<SealedObject> Tpm::seal_for_policy(const Secret& secret, std::string_view policy, const Secret* auth) {
    // Without USERWITHAUTH: nothing but the policy opens it. Where no value is asked for, none can be wrong,
    // and a lockout by wrong ones elsewhere need not close it.
    auto area = seal_template(auth == nullptr ? TPMA_OBJECT_NODA : 0);
    fill(area.publicArea.authPolicy, policy);
    TPM2B_SENSITIVE_CREATE sensitive{};
    if (auth != nullptr) fill(sensitive.sensitive.userAuth, auth->view());
    fill(sensitive.sensitive.data, secret.view());
    return create(area, sensitive);
}

Result<SealedObject> Tpm::create(const TPM2B_PUBLIC& area, TPM2B_SENSITIVE_CREATE& sensitive) {
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

Status Tpm::load(const SealedObject& sealed) {
    TPM2B_PUBLIC area{};
    std::size_t offset = 0;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(sealed.public_part.data());
    TPM2B_PRIVATE private_part{};
    if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(bytes, sealed.public_part.size(), &offset, &area) != TSS2_RC_SUCCESS ||
        sealed.private_part.size() > sizeof(private_part.buffer))
        return fail(Code::invalid_argument, "TPM slot: not a sealed object");
    fill(private_part, sealed.private_part);
    if (const auto code =
            Esys_Load(esys_, root_, session_, ESYS_TR_NONE, ESYS_TR_NONE, &private_part, &area, &object_);
        code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: not of this TPM, or changed: {}", words_of(code));
    return {};
}

Status Tpm::set_auth(const Secret& auth) {
    TPM2B_AUTH value{};
    fill(value, auth.view());
    const auto code = Esys_TR_SetAuth(esys_, object_, &value);
    std::ranges::fill(value.buffer, BYTE{0});
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM slot: {}", words_of(code));
    return {};
}

Result<Secret> Tpm::unseal_loaded(ESYS_TR authorisation, ESYS_TR encryption) {
    TPM2B_SENSITIVE_DATA* raw = nullptr;
    const auto code = Esys_Unseal(esys_, object_, authorisation, encryption, ESYS_TR_NONE, &raw);
    const FromTss<TPM2B_SENSITIVE_DATA> data(raw, &Esys_Free);
    if ((code & 0xFFFU) == TPM2_RC_LOCKOUT)
        return fail(Code::unavailable, "TPM slot: too many wrong PINs; the TPM takes none for a while");
    if ((code & k_format_one) == TPM2_RC_POLICY_FAIL)
        return fail(Code::permission_denied,
                    "TPM slot: PCR 7 (Secure Boot's keys and lists) is not as it was when the slot was made, "
                    "or the slot was changed: {}",
                    words_of(code));
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: the PIN does not open it: {}", words_of(code));
    auto secret = Secret::copy_of({reinterpret_cast<const char*>(data->buffer), data->size});
    std::ranges::fill(data->buffer, BYTE{0});
    return secret;
}

Result<Secret> Tpm::unseal(const SealedObject& sealed, const Secret& auth) {
    RDT_CHECK(load(sealed));
    RDT_CHECK(set_auth(auth));
    return unseal_loaded(session_, ESYS_TR_NONE);
}

Result<Secret> Tpm::unseal_for_boot(const SealedObject& sealed, const SignedPolicy& policy,
                                    const Secret* auth) {
    RDT_CHECK(load(sealed));
    if (auth != nullptr) RDT_CHECK(set_auth(*auth));
    RDT_CHECK(start_policy_session());
    RDT_CHECK(satisfy(policy));
    if (auth != nullptr)
        if (const auto code =
                Esys_PolicyAuthValue(esys_, policy_session_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE);
            code != TSS2_RC_SUCCESS)
            return fail(Code::internal, "TPM slot: {}", words_of(code));
    return unseal_loaded(policy_session_, session_);
}

Status Tpm::satisfy_pcr(unsigned number) {
    const auto selection = selection_of(number);
    const TPM2B_DIGEST as_it_is{};
    const auto code = Esys_PolicyPCR(esys_, policy_session_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     &as_it_is, &selection);
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: PCR {}: {}", number, words_of(code));
    return {};
}

/// PCR 11, who signed for it, PCR 7: the order in which slot_policy() hashes them.
Status Tpm::satisfy(const SignedPolicy& policy) {
    // In the owner's hierarchy: the null hierarchy gives tickets that count nowhere.
    const auto& area = policy.signer->area();
    auto code = Esys_LoadExternal(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr, &area,
                                  ESYS_TR_RH_OWNER, &signer_);
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::invalid_argument, "TPM slot: the key of its policy: {}", words_of(code));
    TPMT_SIGNATURE signature{};
    signature.sigAlg = TPM2_ALG_RSASSA;
    signature.signature.rsassa.hash = TPM2_ALG_SHA256;
    if (policy.signature.size() > sizeof(signature.signature.rsassa.sig.buffer))
        return fail(Code::permission_denied, "TPM slot: a signature of {} bytes", policy.signature.size());
    fill(signature.signature.rsassa.sig, policy.signature);
    RDT_TRY(const auto hash, crypto::raw_digest(policy.digest, crypto::HashAlgorithm::sha256));
    TPM2B_DIGEST message{};
    fill(message, hash);
    TPMT_TK_VERIFIED* ticket_raw = nullptr;
    code = Esys_VerifySignature(esys_, signer_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &message,
                                &signature, &ticket_raw);
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: the signature for PCR 11: {}", words_of(code));
    const FromTss<TPMT_TK_VERIFIED> ticket(ticket_raw, &Esys_Free);
    RDT_CHECK(satisfy_pcr(k_pcr_kernel));
    TPM2B_DIGEST approved{};
    fill(approved, policy.digest);
    const TPM2B_NONCE reference{};
    TPM2B_NAME name{};
    name.size = static_cast<UINT16>(policy.signer->name().size());
    std::ranges::copy(policy.signer->name(), std::begin(name.name));
    code = Esys_PolicyAuthorize(esys_, policy_session_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &approved,
                                &reference, &name, ticket.get());
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::permission_denied, "TPM slot: PCR 11 is not what was signed for: {}",
                    words_of(code));
    return satisfy_pcr(k_pcr_secure_boot);
}

} // namespace redoubt::services::kms
