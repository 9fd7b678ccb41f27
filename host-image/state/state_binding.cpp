// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "host-image/state/state_binding.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/base/unwind.hpp"
#include "common/tss/tss.hpp"

namespace redoubt::host_image {
namespace {

using tss::fill;
using tss::FromTss;
using tss::k_format_one;
using tss::text_of;
using tss::words_of;

constexpr std::size_t k_digest_size = 32;
constexpr unsigned k_authority = 7; // who may sign what boots
constexpr unsigned k_outside = 12;  // command line, add-ons and credentials from outside
constexpr unsigned k_opened = 15;   // keys of what was opened
constexpr TPMA_NV k_attributes = TPMA_NV_POLICYWRITE | TPMA_NV_AUTHREAD | TPMA_NV_NO_DA | TPMA_NV_WRITEDEFINE;
constexpr TPMA_NV k_bound = k_attributes | TPMA_NV_WRITTEN | TPMA_NV_WRITELOCKED;

std::unexpected<Error> said(std::string_view what, TSS2_RC code) {
    return fail(Code::internal, "the TPM's memory of the state: {}: {}", what, words_of(code));
}

TPML_PCR_SELECTION select(std::initializer_list<unsigned> registers) {
    TPML_PCR_SELECTION selection{};
    selection.count = 1;
    auto& bank = selection.pcrSelections[0];
    bank.hash = TPM2_ALG_SHA256;
    bank.sizeofSelect = 3;
    for (const auto pcr : registers)
        bank.pcrSelect[pcr / 8] = static_cast<BYTE>(bank.pcrSelect[pcr / 8] | (1U << (pcr % 8)));
    return selection;
}

Result<std::string> read_pcr(ESYS_CONTEXT* tpm, unsigned number) {
    const auto selection = select({number});
    TPML_DIGEST* raw = nullptr;
    const auto code =
        Esys_PCR_Read(tpm, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &selection, nullptr, nullptr, &raw);
    if (code != TSS2_RC_SUCCESS) return said("read PCRs", code);
    const FromTss<TPML_DIGEST> values(raw, &Esys_Free);
    if (values->count != 1 || values->digests[0].size != k_digest_size)
        return fail(Code::failed_precondition, "the TPM has no bank of PCRs for SHA-256");
    return text_of(values->digests[0].buffer, values->digests[0].size);
}

bool is_nought(std::string_view value) {
    return std::ranges::all_of(value, [](char byte) { return byte == 0; });
}

/// What tells the open state from all others.
Result<std::string> name_of_state(ESYS_CONTEXT* tpm) {
    RDT_TRY(const auto outside, read_pcr(tpm, k_outside));
    if (!is_nought(outside))
        return fail(Code::failed_precondition, "a word from outside was measured (PCR {})", k_outside);
    RDT_TRY(auto opened, read_pcr(tpm, k_opened));
    if (is_nought(opened))
        return fail(Code::failed_precondition, "no state was opened: its key is not in PCR {}", k_opened);
    return opened;
}

/// A session that has met the index's policy; `kind` is TPM2_SE_TRIAL to know the policy alone.
Result<ESYS_TR> meet_policy(ESYS_CONTEXT* tpm, TPM2_SE kind) {
    const TPMT_SYM_DEF none{.algorithm = TPM2_ALG_NULL, .keyBits = {}, .mode = {}};
    const TPM2B_DIGEST as_they_are{};
    const auto selection = select({k_authority, k_outside});
    ESYS_TR session = ESYS_TR_NONE;
    auto code = Esys_StartAuthSession(tpm, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                      ESYS_TR_NONE, nullptr, kind, &none, TPM2_ALG_SHA256, &session);
    if (code != TSS2_RC_SUCCESS) return said("begin a session", code);
    code = Esys_PolicyPCR(tpm, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &as_they_are, &selection);
    if (code == TSS2_RC_SUCCESS) return session;
    Esys_FlushContext(tpm, session);
    return said("meet its policy", code);
}

Result<TPM2B_DIGEST> policy_of_index(ESYS_CONTEXT* tpm) {
    RDT_TRY(const auto session, meet_policy(tpm, TPM2_SE_TRIAL));
    TPM2B_DIGEST* raw = nullptr;
    const auto code = Esys_PolicyGetDigest(tpm, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw);
    Esys_FlushContext(tpm, session);
    if (code != TSS2_RC_SUCCESS) return said("know its policy", code);
    const FromTss<TPM2B_DIGEST> digest(raw, &Esys_Free);
    return *digest;
}

/// ESYS_TR_NONE: there is none.
Result<ESYS_TR> find_index(ESYS_CONTEXT* tpm) {
    ESYS_TR index = ESYS_TR_NONE;
    const auto code =
        Esys_TR_FromTPMPublic(tpm, k_state_index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &index);
    if ((code & k_format_one) == TPM2_RC_HANDLE) return ESYS_TR_NONE;
    if (code != TSS2_RC_SUCCESS) return said("find it", code);
    return index;
}

Status forget_index(ESYS_CONTEXT* tpm) {
    RDT_TRY(const auto index, find_index(tpm));
    if (index == ESYS_TR_NONE) return {};
    const auto code =
        Esys_NV_UndefineSpace(tpm, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);
    if (code != TSS2_RC_SUCCESS) return said("take it away", code);
    return {};
}

Result<ESYS_TR> define_index(ESYS_CONTEXT* tpm) {
    TPM2B_NV_PUBLIC area{};
    area.nvPublic.nvIndex = k_state_index;
    area.nvPublic.nameAlg = TPM2_ALG_SHA256;
    area.nvPublic.attributes = k_attributes;
    area.nvPublic.dataSize = k_digest_size;
    RDT_TRY(area.nvPublic.authPolicy, policy_of_index(tpm));
    const TPM2B_AUTH empty{};
    ESYS_TR index = ESYS_TR_NONE;
    const auto code = Esys_NV_DefineSpace(tpm, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                          &empty, &area, &index);
    if (code != TSS2_RC_SUCCESS) return said("make it", code);
    return index;
}

/// Each use of a policy needs it met anew.
template <class Use>
Status by_policy(ESYS_CONTEXT* tpm, std::string_view what, Use use) {
    RDT_TRY(const auto session, meet_policy(tpm, TPM2_SE_POLICY));
    const auto code = use(session);
    Esys_FlushContext(tpm, session);
    if (code != TSS2_RC_SUCCESS) return said(what, code);
    return {};
}

/// Whether the index is as bind_state() leaves it: only then was it the policy's to write.
Status check_index(ESYS_CONTEXT* tpm, ESYS_TR index) {
    TPM2B_NV_PUBLIC* raw = nullptr;
    const auto code = Esys_NV_ReadPublic(tpm, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr);
    if (code != TSS2_RC_SUCCESS) return said("look at it", code);
    const FromTss<TPM2B_NV_PUBLIC> area(raw, &Esys_Free);
    RDT_TRY(const auto policy, policy_of_index(tpm));
    const auto& found = area->nvPublic;
    if (found.nameAlg == TPM2_ALG_SHA256 && found.attributes == k_bound && found.dataSize == k_digest_size &&
        text_of(found.authPolicy.buffer, found.authPolicy.size) == text_of(policy.buffer, policy.size))
        return {};
    return fail(Code::permission_denied,
                "the TPM's memory of the state ({:#010x}) is not as this machine makes it: somebody has made "
                "it anew",
                k_state_index);
}

Result<std::string> read_index(ESYS_CONTEXT* tpm, ESYS_TR index) {
    TPM2B_MAX_NV_BUFFER* raw = nullptr;
    const auto code =
        Esys_NV_Read(tpm, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, k_digest_size, 0, &raw);
    if (code != TSS2_RC_SUCCESS) return said("read it", code);
    const FromTss<TPM2B_MAX_NV_BUFFER> data(raw, &Esys_Free);
    return text_of(data->buffer, data->size);
}

} // namespace

Status bind_state(ESYS_CONTEXT* tpm) {
    RDT_TRY(const auto name, name_of_state(tpm));
    RDT_CHECK(forget_index(tpm));
    RDT_TRY(auto index, define_index(tpm));
    Unwind close;
    close.push([&] { Esys_TR_Close(tpm, &index); });
    TPM2B_MAX_NV_BUFFER data{};
    fill(data, name);
    RDT_CHECK(by_policy(tpm, "write it", [&](ESYS_TR session) {
        return Esys_NV_Write(tpm, index, index, session, ESYS_TR_NONE, ESYS_TR_NONE, &data, 0);
    }));
    return by_policy(tpm, "lock it", [&](ESYS_TR session) {
        return Esys_NV_WriteLock(tpm, index, index, session, ESYS_TR_NONE, ESYS_TR_NONE);
    });
}

Status check_state(ESYS_CONTEXT* tpm) {
    RDT_TRY(const auto name, name_of_state(tpm));
    RDT_TRY(auto index, find_index(tpm));
    if (index == ESYS_TR_NONE)
        return fail(Code::permission_denied, "the TPM ({:#010x}) remembers no state that this machine made",
                    k_state_index);
    Unwind close;
    close.push([&] { Esys_TR_Close(tpm, &index); });
    RDT_CHECK(check_index(tpm, index));
    RDT_TRY(const auto bound, read_index(tpm, index));
    if (bound == name) return {};
    return fail(Code::permission_denied,
                "the state that was opened is not the one that this machine made: it was put in its place");
}

} // namespace redoubt::host_image
