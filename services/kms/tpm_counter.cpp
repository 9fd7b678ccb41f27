// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Counters in a TPM's own memory. One that is made anew begins above every number that any counter of the
/// TPM has had, so that nobody gets an earlier one by making it again.
/// Source: TPM 2.0 library part 1, 37.2.4 (NV counters); part 3, 31.

#include <tss2/tss2_rc.h>

#include <algorithm>

#include "common/tss/tss.hpp"
#include "services/kms/tpm.hpp"

namespace redoubt::services::kms {
namespace {

using tss::fill;
using tss::FromTss;

constexpr std::size_t k_counter_size = 8;
constexpr TSS2_RC k_without_layer = 0xFFFF;

std::unexpected<Error> said(std::uint32_t index, TSS2_RC code) {
    // Another value than ours: somebody else's index, or one that took our index's place.
    const auto plain = code & 0xBFU;
    const bool is_stranger = plain == TPM2_RC_AUTH_FAIL || plain == TPM2_RC_BAD_AUTH ||
                             (code & k_without_layer) == TPM2_RC_NV_AUTHORIZATION ||
                             (code & k_without_layer) == TPM2_RC_AUTH_UNAVAILABLE;
    return fail(is_stranger ? Code::data_loss : Code::internal, "TPM counter {:#010x}: {}{}", index,
                is_stranger ? "not this store's: " : "", Tss2_RC_Decode(code));
}

} // namespace

Result<std::optional<ESYS_TR>> Tpm::find_counter(std::uint32_t index, const crypto::Secret& auth) {
    ESYS_TR handle = ESYS_TR_NONE;
    auto code = Esys_TR_FromTPMPublic(esys_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
    if ((code & 0xBFU) == TPM2_RC_HANDLE) return std::nullopt;
    if (code != TSS2_RC_SUCCESS) return said(index, code);
    TPM2B_AUTH value{};
    fill(value, auth.view());
    code = Esys_TR_SetAuth(esys_, handle, &value);
    std::ranges::fill(value.buffer, BYTE{0});
    if (code != TSS2_RC_SUCCESS) return said(index, code);
    return handle;
}

Result<std::optional<std::uint64_t>> Tpm::read_counter(std::uint32_t index, const crypto::Secret& auth) {
    RDT_TRY(auto handle, find_counter(index, auth));
    if (!handle) return std::nullopt;
    TPM2B_MAX_NV_BUFFER* raw = nullptr;
    // The session's codes are over the answer too: nobody on the way changes the number.
    const auto code =
        Esys_NV_Read(esys_, *handle, *handle, session_, ESYS_TR_NONE, ESYS_TR_NONE, k_counter_size, 0, &raw);
    Esys_TR_Close(esys_, &*handle);
    if (code != TSS2_RC_SUCCESS) return said(index, code);
    const FromTss<TPM2B_MAX_NV_BUFFER> data(raw, &Esys_Free);
    if (data->size != k_counter_size)
        return fail(Code::data_loss, "TPM counter {:#010x}: it is no counter", index);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < k_counter_size; ++i) number = (number << 8U) | data->buffer[i];
    return number;
}

Status Tpm::define_counter(std::uint32_t index, const crypto::Secret& auth) {
    TPM2B_NV_PUBLIC area{};
    area.nvPublic.nvIndex = index;
    area.nvPublic.nameAlg = TPM2_ALG_SHA256;
    area.nvPublic.attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA |
                               (static_cast<TPMA_NV>(TPM2_NT_COUNTER) << TPMA_NV_TPM2_NT_SHIFT);
    area.nvPublic.dataSize = k_counter_size;
    TPM2B_AUTH value{};
    fill(value, auth.view());
    ESYS_TR handle = ESYS_TR_NONE;
    const auto code = Esys_NV_DefineSpace(esys_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, session_, ESYS_TR_NONE,
                                          &value, &area, &handle);
    std::ranges::fill(value.buffer, BYTE{0});
    if ((code & k_without_layer) == TPM2_RC_NV_DEFINED)
        return fail(Code::already_exists, "TPM counter {:#010x}: the index is taken", index);
    if (code != TSS2_RC_SUCCESS) return said(index, code);
    Esys_TR_Close(esys_, &handle);
    return {};
}

Status Tpm::advance_counter(std::uint32_t index, const crypto::Secret& auth) {
    RDT_TRY(auto handle, find_counter(index, auth));
    if (!handle) return fail(Code::data_loss, "TPM counter {:#010x}: it is gone", index);
    const auto code = Esys_NV_Increment(esys_, *handle, *handle, session_, ESYS_TR_NONE, ESYS_TR_NONE);
    Esys_TR_Close(esys_, &*handle);
    if (code != TSS2_RC_SUCCESS) return said(index, code);
    return {};
}

} // namespace redoubt::services::kms
