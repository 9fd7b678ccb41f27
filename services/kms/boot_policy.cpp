// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/boot_policy.hpp"

#include <tss2/tss2_mu.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "common/crypto/digest.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::services::kms {
namespace {

constexpr std::size_t k_digest_size = 32;
constexpr std::size_t k_max_signatures = 1024;
constexpr json::Limits k_limits{.max_bytes = 1U << 20U, .max_depth = 8};
constexpr std::array<std::size_t, 3> k_modulus_sizes{256, 384, 512};
constexpr std::string_view k_usual_exponent("\x01\x00\x01", 3);
// Which banks of PCRs there may be; ours is the first.
constexpr std::array<std::string_view, 5> k_banks{"sha256", "sha1", "sha384", "sha512", "sm3_256"};

Result<std::string> sha256(std::string_view bytes) {
    return crypto::raw_digest(bytes, crypto::HashAlgorithm::sha256);
}

std::string big_endian(std::uint32_t number) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>((number >> shift) & 0xFFU);
    return bytes;
}

/// A policy that asks for one thing more. `what` as the specification has it hashed.
Result<std::string> extended(std::string_view policy, std::uint32_t command, std::string_view what) {
    return sha256(std::string(policy) + big_endian(command) + std::string(what));
}

Result<std::string> with_pcr(std::string_view policy, unsigned pcr, std::string_view value) {
    const auto selection = selection_of(pcr);
    std::array<std::uint8_t, sizeof(selection)> marshalled{};
    std::size_t size = 0;
    if (Tss2_MU_TPML_PCR_SELECTION_Marshal(&selection, marshalled.data(), marshalled.size(), &size) !=
        TSS2_RC_SUCCESS)
        return fail(Code::internal, "a selection of PCRs cannot be written");
    RDT_TRY(const auto digest, sha256(value));
    const std::string what(reinterpret_cast<const char*>(marshalled.data()), size);
    return extended(policy, TPM2_CC_PolicyPCR, what + digest);
}

TPM2B_PUBLIC area_of(const crypto::RsaNumbers& numbers) {
    TPM2B_PUBLIC area{};
    area.publicArea.type = TPM2_ALG_RSA;
    area.publicArea.nameAlg = TPM2_ALG_SHA256;
    area.publicArea.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_USERWITHAUTH;
    auto& detail = area.publicArea.parameters.rsaDetail;
    detail.symmetric.algorithm = TPM2_ALG_NULL;
    detail.scheme.scheme = TPM2_ALG_RSASSA;
    detail.scheme.details.rsassa.hashAlg = TPM2_ALG_SHA256;
    detail.keyBits = static_cast<UINT16>(numbers.modulus.size() * 8);
    detail.exponent = 0; // what 65537 is called
    area.publicArea.unique.rsa.size = static_cast<UINT16>(numbers.modulus.size());
    std::ranges::copy(numbers.modulus, std::begin(area.publicArea.unique.rsa.buffer));
    return area;
}

Result<std::string> name_of(const TPM2B_PUBLIC& area) {
    std::array<std::uint8_t, sizeof(TPMT_PUBLIC)> marshalled{};
    std::size_t size = 0;
    if (Tss2_MU_TPMT_PUBLIC_Marshal(&area.publicArea, marshalled.data(), marshalled.size(), &size) !=
        TSS2_RC_SUCCESS)
        return fail(Code::internal, "a key cannot be written as a TPM has it");
    RDT_TRY(const auto digest, sha256({reinterpret_cast<const char*>(marshalled.data()), size}));
    constexpr std::string_view k_sha256("\x00\x0b", 2); // TPM2_ALG_SHA256
    return std::string(k_sha256) + digest;
}

Result<std::string> fingerprint_of(const crypto::PublicKey& key) {
    unsigned char* der = nullptr;
    const int size = ::i2d_PublicKey(key.native(), &der);
    if (size <= 0) return fail(Code::internal, "a key cannot be written");
    auto digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return std::move(digest).transform(&encoding::to_hex);
}

/// Whether one entry is of this key and for this policy.
Result<bool> is_for(const json::Node& entry, const PolicySigner& signer, std::string_view policy_hex) {
    RDT_TRY(const auto pcrs, entry["pcrs"].array());
    RDT_TRY(const auto fingerprint, entry["pkfp"].string());
    RDT_TRY(const auto signed_policy, entry["pol"].string());
    if (pcrs.size() != 1) return false;
    RDT_TRY(const auto pcr, pcrs[0].unsigned_integer());
    return pcr == k_pcr_kernel && fingerprint == signer.fingerprint() && signed_policy == policy_hex;
}

std::string banks_of(const json::Node& root) {
    std::string found;
    for (const auto bank : k_banks)
        if (root[bank].is_present()) found += (found.empty() ? "" : ", ") + std::string(bank);
    return found.empty() ? "none" : found;
}

} // namespace

Result<PolicySigner> PolicySigner::parse(std::string_view bytes) {
    RDT_TRY(auto key, crypto::PublicKey::parse(bytes));
    const auto numbers = key.rsa();
    if (!numbers || !std::ranges::contains(k_modulus_sizes, numbers->modulus.size()) ||
        numbers->exponent != k_usual_exponent)
        return fail(Code::invalid_argument,
                    "policies are signed by an RSA key of 2048, 3072 or 4096 bits with exponent 65537");
    const auto area = area_of(*numbers);
    RDT_TRY(auto name, name_of(area));
    RDT_TRY(auto fingerprint, fingerprint_of(key));
    return PolicySigner(std::move(key), std::move(fingerprint), area, std::move(name));
}

TPML_PCR_SELECTION selection_of(unsigned pcr) {
    TPML_PCR_SELECTION selection{};
    selection.count = 1;
    selection.pcrSelections[0].hash = TPM2_ALG_SHA256;
    selection.pcrSelections[0].sizeofSelect = 3;
    selection.pcrSelections[0].pcrSelect[pcr / 8] = static_cast<BYTE>(1U << (pcr % 8));
    return selection;
}

Result<std::string> kernel_policy(std::string_view pcr_11) {
    return with_pcr(std::string(k_digest_size, '\0'), k_pcr_kernel, pcr_11);
}

Result<std::string> slot_policy(const PolicySigner& signer, std::string_view pcr_7, bool has_pin) {
    // PolicyAuthorize begins anew; then the (empty) reference is hashed by itself.
    RDT_TRY(const auto signed_by,
            extended(std::string(k_digest_size, '\0'), TPM2_CC_PolicyAuthorize, signer.name()));
    RDT_TRY(const auto authorised, sha256(signed_by));
    RDT_TRY(auto policy, with_pcr(authorised, k_pcr_secure_boot, pcr_7));
    if (!has_pin) return policy;
    return extended(policy, TPM2_CC_PolicyAuthValue, {});
}

Result<SignedPolicy> find_signature(std::string_view file, const PolicySigner& signer,
                                    std::string_view policy) {
    RDT_TRY(const auto document, json::parse("PCR signatures", file, k_limits));
    const auto root = document.root();
    RDT_CHECK(root.expect_object());
    RDT_TRY(const auto entries, root[k_banks[0]].array_or_empty());
    if (entries.size() > k_max_signatures) return root[k_banks[0]].wrong("too many signatures");
    const auto policy_hex = encoding::to_hex(policy);
    for (const auto& entry : entries) {
        RDT_TRY(const bool is_it, is_for(entry, signer, policy_hex));
        if (!is_it) continue;
        RDT_TRY(const auto text, entry["sig"].string());
        RDT_TRY(auto signature,
                encoding::from_base64(text).transform_error(context("{}", entry["sig"].path())));
        return SignedPolicy{&signer, std::string(policy), std::move(signature)};
    }
    return fail(Code::permission_denied,
                "no signature of key {} for PCR 11 as it is in bank sha256: another kernel, or another "
                "signer's (the file has banks: {})",
                signer.fingerprint().substr(0, 16), banks_of(root));
}

} // namespace redoubt::services::kms
