// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/attestation/host_tpm.hpp"

#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "common/tss/tss.hpp"

namespace redoubt::node::attestation {
namespace {

using tss::fill;
using tss::FromTss;
using tss::text_of;
using tss::words_of;

/// Where a vendor puts the certificate of its RSA 2048 key. Source: EK Credential Profile 2.5, 2.2.1.4.
constexpr TPM2_HANDLE k_certificate_index = 0x01C00002;
constexpr std::size_t k_max_certificate = 8U << 10U;
constexpr UINT16 k_nv_page = 512;  // every TPM reads as much at once
constexpr unsigned k_pcr_page = 8; // TPML_DIGEST
constexpr int k_tries = 3;
constexpr std::string_view k_device = "device:";

TPML_PCR_SELECTION select(unsigned first, unsigned count) {
    TPML_PCR_SELECTION selection{};
    selection.count = 1;
    auto& bank = selection.pcrSelections[0];
    bank.hash = TPM2_ALG_SHA256;
    bank.sizeofSelect = 3;
    for (unsigned pcr = first; pcr < first + count; ++pcr)
        bank.pcrSelect[pcr / 8] = static_cast<BYTE>(bank.pcrSelect[pcr / 8] | (1U << (pcr % 8)));
    return selection;
}

/// Without what some vendors fill the index up with.
std::string without_padding(std::string certificate) {
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(certificate[at]));
    };
    if (certificate.size() < 4 || byte(0) != 0x30 || byte(1) != 0x82) return certificate;
    const auto size = 4 + (byte(2) << 8U | byte(3));
    if (size < certificate.size()) certificate.resize(size);
    return certificate;
}

} // namespace

Result<std::unique_ptr<HostTpm>> HostTpm::open(const std::string& address) {
    // The library's own words for a device that is not there do not say so.
    if (address.starts_with(k_device)) {
        const auto path = address.substr(k_device.size());
        if (::access(path.c_str(), F_OK) != 0)
            return fail(Code::failed_precondition,
                        "this node has no TPM ({} is not there): nothing can prove what it booted", path);
        if (::access(path.c_str(), R_OK | W_OK) != 0)
            return fail(Code::failed_precondition, "the TPM {} may not be used by this daemon: {}", path,
                        text_of_errno(errno));
    }
    std::unique_ptr<HostTpm> tpm(new HostTpm);
    RDT_TRY(tpm->connection_, tss::Connection::open(address));
    tpm->esys_ = tpm->connection_->esys();
    RDT_CHECK(tpm->make_attestation_key());
    return tpm;
}

HostTpm::~HostTpm() {
    for (const auto handle : {session_, ek_, ak_})
        if (handle != ESYS_TR_NONE) Esys_FlushContext(esys_, handle);
}

Result<std::string> HostTpm::endorsement_certificate() {
    ESYS_TR index = ESYS_TR_NONE;
    if (Esys_TR_FromTPMPublic(esys_, k_certificate_index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &index) !=
        TSS2_RC_SUCCESS)
        return std::string();
    TPM2B_NV_PUBLIC* raw = nullptr;
    auto code = Esys_NV_ReadPublic(esys_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &raw, nullptr);
    const FromTss<TPM2B_NV_PUBLIC> area(raw, &Esys_Free);
    std::string certificate;
    while (code == TSS2_RC_SUCCESS && certificate.size() < area->nvPublic.dataSize) {
        const auto left = area->nvPublic.dataSize - certificate.size();
        TPM2B_MAX_NV_BUFFER* page_raw = nullptr;
        code = Esys_NV_Read(esys_, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            static_cast<UINT16>(std::min<std::size_t>(left, k_nv_page)),
                            static_cast<UINT16>(certificate.size()), &page_raw);
        const FromTss<TPM2B_MAX_NV_BUFFER> page(page_raw, &Esys_Free);
        if (code != TSS2_RC_SUCCESS || page->size == 0 || certificate.size() > k_max_certificate) break;
        certificate += text_of(page->buffer, page->size);
    }
    Esys_TR_Close(esys_, &index);
    if (code != TSS2_RC_SUCCESS)
        return fail(Code::internal, "certificate of the TPM's endorsement key: {}", words_of(code));
    return without_padding(std::move(certificate));
}

Result<UINT32> HostTpm::read_pcrs(Quote& quote) {
    UINT32 counter = 0;
    for (unsigned first = 0; first < tee::host::k_pcrs; first += k_pcr_page) {
        const auto selection = select(first, k_pcr_page);
        TPML_PCR_SELECTION* read_raw = nullptr;
        TPML_DIGEST* values_raw = nullptr;
        const auto code = Esys_PCR_Read(esys_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &selection, &counter,
                                        &read_raw, &values_raw);
        if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "read PCRs: {}", words_of(code));
        const FromTss<TPML_PCR_SELECTION> read(read_raw, &Esys_Free);
        const FromTss<TPML_DIGEST> values(values_raw, &Esys_Free);
        if (values->count != k_pcr_page || values->digests[0].size != tee::host::k_digest_size)
            return fail(Code::failed_precondition, "the TPM has no bank of PCRs for SHA-256");
        for (unsigned i = 0; i < k_pcr_page; ++i)
            quote.pcrs.at(first + i) = text_of(values->digests[i].buffer, values->digests[i].size);
    }
    return counter;
}

Result<Quote> HostTpm::quote_once(std::string_view data, UINT32& counter) {
    Quote quote;
    RDT_TRY(counter, read_pcrs(quote));
    TPM2B_DATA qualifying{};
    fill(qualifying, data);
    TPMT_SIG_SCHEME scheme{};
    scheme.scheme = TPM2_ALG_NULL; // the key's own
    const auto selection = select(0, tee::host::k_pcrs);
    TPM2B_ATTEST* message_raw = nullptr;
    TPMT_SIGNATURE* signature_raw = nullptr;
    const auto code = Esys_Quote(esys_, ak_, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &qualifying,
                                 &scheme, &selection, &message_raw, &signature_raw);
    if (code != TSS2_RC_SUCCESS) return fail(Code::internal, "TPM quote: {}", words_of(code));
    const FromTss<TPM2B_ATTEST> message(message_raw, &Esys_Free);
    const FromTss<TPMT_SIGNATURE> signature(signature_raw, &Esys_Free);
    quote.message = text_of(message->attestationData, message->size);
    std::array<std::uint8_t, sizeof(TPMT_SIGNATURE)> marshalled{};
    std::size_t size = 0;
    if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature.get(), marshalled.data(), marshalled.size(), &size) !=
        TSS2_RC_SUCCESS)
        return fail(Code::internal, "TPM quote: its signature cannot be written");
    quote.signature = text_of(marshalled.data(), size);
    return quote;
}

Result<Quote> HostTpm::quote(std::string_view data) {
    if (data.size() != tee::host::k_digest_size)
        return fail(Code::invalid_argument, "a quote is over 32 bytes, not {}", data.size());
    for (int i = 0; i < k_tries; ++i) {
        UINT32 before = 0;
        RDT_TRY(auto quote, quote_once(data, before));
        Quote again;
        RDT_TRY(const auto after, read_pcrs(again));
        // Something was measured meanwhile: the values would not be the quoted ones.
        if (before == after) return quote;
    }
    return fail(Code::aborted, "the TPM's PCRs do not hold still");
}

} // namespace redoubt::node::attestation
