// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/structures.hpp"

#include <array>

#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee::tpm {
namespace {

constexpr std::size_t k_max_structure = 16U << 10U;
constexpr std::uint32_t k_max_selections = 16;
constexpr std::uint16_t k_alg_rsa = 0x0001;
constexpr std::uint16_t k_alg_ecc = 0x0023;
constexpr std::uint16_t k_alg_null = 0x0010;
constexpr std::uint16_t k_alg_rsassa = 0x0014;
constexpr std::uint16_t k_alg_rsapss = 0x0016;
constexpr std::uint16_t k_alg_ecdsa = 0x0018;

Result<Hash> known_hash(std::uint16_t id) {
    const auto hash = hash_of_tpm_id(id);
    if (!hash) return fail(Code::invalid_argument, "hash algorithm {:#06x} is not known", id);
    return *hash;
}

Result<std::vector<PcrSelection>> read_selections(ByteReader& reader) {
    const auto count = reader.u32();
    if (count > k_max_selections) return fail(Code::invalid_argument, "quote: {} PCR selections", count);
    std::vector<PcrSelection> selections;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto id = reader.u16();
        const auto bitmap = reader.take(reader.u8());
        RDT_CHECK(reader.status("quote"));
        if (bitmap.size() > 4)
            return fail(Code::invalid_argument, "quote: a PCR bitmap of {} bytes", bitmap.size());
        PcrSelection selection;
        RDT_TRY(selection.bank, known_hash(id));
        for (std::uint32_t pcr = 0; pcr < bitmap.size() * 8; ++pcr)
            if (((std::uint32_t{static_cast<unsigned char>(bitmap[pcr / 8])} >> (pcr % 8U)) & 1U) != 0)
                selection.pcrs.push_back(pcr);
        selections.push_back(std::move(selection));
    }
    return selections;
}

/// Symmetric and signing schemes before a key's own numbers; gives the symmetric key's bits.
std::uint16_t read_symmetric(ByteReader& reader) {
    const auto algorithm = reader.u16();
    if (algorithm == k_alg_null) return 0;
    const auto bits = reader.u16();
    (void)reader.u16(); // mode
    return bits;
}

Result<PublicKey> read_key(ByteReader& reader, std::uint16_t type, std::uint16_t& aes_bits) {
    aes_bits = read_symmetric(reader);
    if (reader.u16() != k_alg_null) (void)reader.u16(); // the scheme's hash
    if (type == k_alg_rsa) {
        (void)reader.u16(); // bits; the modulus says it
        const auto exponent = reader.u32();
        const auto modulus = reader.sized16();
        RDT_CHECK(reader.status("public area"));
        const std::uint32_t value = exponent == 0 ? 65537 : exponent;
        std::string bytes;
        for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xFFU);
        return PublicKey::from_rsa(modulus, bytes);
    }
    const auto curve = reader.u16();
    if (reader.u16() != k_alg_null) (void)reader.u16(); // KDF's hash
    const auto x = reader.sized16();
    const auto y = reader.sized16();
    RDT_CHECK(reader.status("public area"));
    if (curve != 3 && curve != 4)
        return fail(Code::invalid_argument, "public area: curve {:#x}", curve); // P-256, P-384
    return PublicKey::from_point(curve == 3 ? "P-256" : "P-384", x, y);
}

} // namespace

Result<Attest> parse_attest(std::string_view bytes) {
    if (bytes.size() > k_max_structure)
        return fail(Code::resource_exhausted, "attest: {} bytes", bytes.size());
    ByteReader reader(bytes, std::endian::big);
    Attest attest;
    attest.magic = reader.u32();
    attest.type = reader.u16();
    RDT_CHECK(reader.status("attest"));
    if (attest.magic != k_generated)
        return fail(Code::invalid_argument, "attest: magic {:#x}: not made by a TPM", attest.magic);
    if (attest.type != k_attest_quote && attest.type != k_attest_creation)
        return fail(Code::invalid_argument, "attest: type {:#x} is neither a quote nor a creation",
                    attest.type);
    attest.qualified_signer = reader.sized16();
    attest.extra_data = reader.sized16();
    attest.clock = reader.u64();
    attest.reset_count = reader.u32();
    attest.restart_count = reader.u32();
    attest.is_safe = reader.u8();
    attest.firmware_version = reader.u64();
    if (attest.type == k_attest_quote) {
        RDT_TRY(attest.selections, read_selections(reader));
        attest.pcr_digest = reader.sized16();
    } else {
        attest.object_name = reader.sized16();
        attest.creation_hash = reader.sized16();
    }
    RDT_CHECK(reader.status("attest"));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "attest: {} bytes behind it", reader.rest().size());
    return attest;
}

std::string_view name_of(Signature::Scheme scheme) {
    static constexpr std::array<std::string_view, 3> k_names{"rsassa", "rsapss", "ecdsa"};
    return k_names.at(static_cast<std::size_t>(scheme));
}

Result<Signature> parse_signature(std::string_view bytes, std::size_t bare_size) {
    Signature signature;
    if (bytes.size() == bare_size) {
        signature.rsa = std::string(bytes);
        return signature;
    }
    ByteReader reader(bytes, std::endian::big);
    const auto algorithm = reader.u16();
    const auto hash = reader.u16();
    RDT_CHECK(reader.status("signature"));
    RDT_TRY(signature.hash, known_hash(hash).transform_error(context("signature")));
    if (algorithm == k_alg_ecdsa) {
        signature.scheme = Signature::Scheme::ecdsa;
        signature.r = reader.sized16();
        signature.s = reader.sized16();
    } else if (algorithm == k_alg_rsassa || algorithm == k_alg_rsapss) {
        signature.scheme = algorithm == k_alg_rsassa ? Signature::Scheme::rsassa : Signature::Scheme::rsapss;
        signature.rsa = reader.sized16();
    } else {
        return fail(Code::invalid_argument, "signature: scheme {:#06x}", algorithm);
    }
    RDT_CHECK(reader.status("signature"));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "signature: {} bytes behind it", reader.rest().size());
    return signature;
}

Status verify_signature(const PublicKey& key, const Signature& signature, std::string_view message) {
    switch (signature.scheme) {
    case Signature::Scheme::rsassa: return key.verify_rsassa(signature.hash, message, signature.rsa);
    case Signature::Scheme::rsapss: return key.verify_rsapss(signature.hash, message, signature.rsa);
    case Signature::Scheme::ecdsa: return key.verify_ecdsa(signature.hash, message, signature.r, signature.s);
    }
    return fail(Code::internal, "an unknown signature scheme");
}

Result<PublicArea> parse_public(std::string_view bytes) {
    if (bytes.size() > k_max_structure)
        return fail(Code::resource_exhausted, "public area: {} bytes", bytes.size());
    const auto own_size = ByteReader(bytes, std::endian::big).u16();
    if (bytes.size() > 2 && own_size == bytes.size() - 2) bytes.remove_prefix(2); // TPM2B_PUBLIC
    ByteReader reader(bytes, std::endian::big);
    const auto type = reader.u16();
    const auto name_algorithm = reader.u16();
    const auto attributes = reader.u32();
    const auto auth_policy = reader.sized16();
    RDT_CHECK(reader.status("public area"));
    if (type != k_alg_rsa && type != k_alg_ecc)
        return fail(Code::invalid_argument, "public area: key type {:#06x}", type);
    RDT_TRY(const auto name_hash, known_hash(name_algorithm).transform_error(context("public area")));
    std::uint16_t aes_bits = 0;
    RDT_TRY(auto key, read_key(reader, type, aes_bits));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "public area: {} bytes behind it", reader.rest().size());
    RDT_TRY(const auto digest, hash_of(name_hash, {bytes}));
    const std::string id{static_cast<char>(name_algorithm >> 8U), static_cast<char>(name_algorithm & 0xFFU)};
    return PublicArea{type,     name_hash,      attributes, std::string(auth_policy),
                      aes_bits, std::move(key), id + digest};
}

std::string attestation_key_fault(const PublicArea& area) {
    struct Bit {
        std::uint32_t bit;
        const char* name;
    };
    std::string fault;
    for (const auto& [bit, name] : {Bit{k_fixed_tpm, "fixedTPM"}, Bit{k_fixed_parent, "fixedParent"},
                                    Bit{k_sensitive_data_origin, "sensitiveDataOrigin"},
                                    Bit{k_restricted, "restricted"}, Bit{k_sign, "sign"}})
        if ((area.attributes & bit) == 0) fault += std::string(fault.empty() ? "" : ", ") + "not " + name;
    if ((area.attributes & k_decrypt) != 0) fault += std::string(fault.empty() ? "" : ", ") + "decrypt";
    return fault;
}

} // namespace redoubt::tee::tpm
