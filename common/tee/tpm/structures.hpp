// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a TPM says, taken apart. Source: TCG TPM 2.0 Library, part 2 (structures), all big endian.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/evidence/hash.hpp"
#include "common/tee/evidence/public_key.hpp"

namespace redoubt::tee::tpm {

inline constexpr std::uint32_t k_generated = 0xFF544347; ///< TPM_GENERATED_VALUE
inline constexpr std::uint16_t k_attest_quote = 0x8018;
inline constexpr std::uint16_t k_attest_creation = 0x801A;

struct PcrSelection {
    Hash bank = Hash::sha256;
    std::vector<std::uint32_t> pcrs; ///< ascending
};

/// TPMS_ATTEST: the part every kind has, and what quotes and certified creations have.
struct Attest {
    std::uint32_t magic = 0;
    std::uint16_t type = 0;
    std::string qualified_signer;
    std::string extra_data;
    std::uint64_t clock = 0;
    std::uint32_t reset_count = 0;
    std::uint32_t restart_count = 0;
    std::uint8_t is_safe = 0;
    std::uint64_t firmware_version = 0;
    std::vector<PcrSelection> selections; ///< quotes
    std::string pcr_digest;
    std::string object_name; ///< certified creations
    std::string creation_hash;
};
/// Errors: invalid_argument a magic that is not the TPM's, a type other than the two, bytes behind it, a bank
/// that is not known, a PCR above 31.
[[nodiscard]] Result<Attest> parse_attest(std::string_view bytes);

struct Signature {
    enum class Scheme : std::uint8_t { rsassa, rsapss, ecdsa } scheme = Scheme::rsassa;
    Hash hash = Hash::sha256;
    std::string rsa; ///< rsassa, rsapss
    std::string r;   ///< ecdsa
    std::string s;
};
[[nodiscard]] std::string_view name_of(Signature::Scheme scheme);
/// A TPMT_SIGNATURE, or (as Azure stores it) the bare bytes of an RSASSA signature with SHA-256 when there
/// are `bare_size` of them. Errors: invalid_argument.
[[nodiscard]] Result<Signature> parse_signature(std::string_view bytes, std::size_t bare_size);
/// Errors: permission_denied it does not verify; invalid_argument the key is of another kind.
[[nodiscard]] Status verify_signature(const PublicKey& key, const Signature& signature,
                                      std::string_view message);

/// TPMA_OBJECT bits.
inline constexpr std::uint32_t k_fixed_tpm = 1U << 1U;
inline constexpr std::uint32_t k_fixed_parent = 1U << 4U;
inline constexpr std::uint32_t k_sensitive_data_origin = 1U << 5U;
inline constexpr std::uint32_t k_restricted = 1U << 16U;
inline constexpr std::uint32_t k_decrypt = 1U << 17U;
inline constexpr std::uint32_t k_sign = 1U << 18U;

/// TPMT_PUBLIC of an RSA or ECC key.
struct PublicArea {
    std::uint16_t type = 0; ///< 1 RSA, 0x23 ECC
    Hash name_hash = Hash::sha256;
    std::uint32_t attributes = 0;
    std::string auth_policy;
    std::uint16_t aes_bits = 0; ///< of storage keys: 128 or 256; else 0
    PublicKey key;
    std::string name; ///< algorithm and hash of the whole
};
/// TPMT_PUBLIC or TPM2B_PUBLIC. Errors: invalid_argument.
[[nodiscard]] Result<PublicArea> parse_public(std::string_view bytes);
/// Why a key is no attestation key; empty when it is one. Without "restricted" it would sign forged
/// statements.
[[nodiscard]] std::string attestation_key_fault(const PublicArea& area);

/// Values of PCRs by bank and index.
using PcrValues = std::map<Hash, std::map<std::uint32_t, std::string>>;
/// JSON {"0": "hex", ...} (the bank follows from the length) or {"sha256": {...}}; or the
/// binary form of tpm2-tools. Errors: invalid_argument.
[[nodiscard]] Result<PcrValues> parse_pcr_values(std::string_view bytes);

} // namespace redoubt::tee::tpm
