// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::tee::sev_snp {

inline constexpr std::size_t k_report_size = 1184;
/// The part of a report that is signed.
inline constexpr std::size_t k_signed_size = 0x2A0;

/// A processor generation. Genoa stands for Bergamo and Siena too, which share its root.
enum class Product : std::uint8_t { milan, genoa, turin };
/// "Milan" and so on, as AMD's certificates spell it.
[[nodiscard]] std::string_view name_of(Product product);
/// In any case of letters. Errors: invalid_argument.
[[nodiscard]] Result<Product> parse_product(std::string_view name);

/// Security versions of the platform's firmware, taken apart by generation.
struct TcbVersion {
    std::optional<std::uint8_t> fmc; ///< Turin and later
    std::uint8_t bootloader = 0;
    std::uint8_t tee = 0;
    std::uint8_t snp = 0;
    std::uint8_t microcode = 0;
    std::string raw; ///< the 8 bytes
    bool operator==(const TcbVersion&) const = default;
};
/// Source: AMD 56860 (SNP ABI), TCB_VERSION; Turin's order differs, so the generation comes first.
[[nodiscard]] TcbVersion decode_tcb(Product product, std::string_view raw);
/// Every component at least as new: the only order there is.
[[nodiscard]] bool is_at_least(const TcbVersion& tcb, const TcbVersion& minimum);
/// "bootloader 4, tee 0, snp 24, microcode 219".
[[nodiscard]] std::string render_tcb(const TcbVersion& tcb);

struct FirmwareVersion {
    std::uint8_t major = 0;
    std::uint8_t minor = 0;
    std::uint8_t build = 0;
    auto operator<=>(const FirmwareVersion&) const = default;
};
[[nodiscard]] std::string render_version(const FirmwareVersion& version);

struct Cpuid {
    std::uint8_t family = 0; ///< combined
    std::uint8_t model = 0;  ///< combined
    std::uint8_t stepping = 0;
};

inline constexpr std::uint64_t k_policy_smt = 1U << 16U;
inline constexpr std::uint64_t k_policy_reserved_one = 1U << 17U;
inline constexpr std::uint64_t k_policy_migrate_ma = 1U << 18U;
inline constexpr std::uint64_t k_policy_debug = 1U << 19U;
inline constexpr std::uint64_t k_policy_single_socket = 1U << 20U;

enum class SigningKey : std::uint8_t { vcek = 0, vlek = 1, none = 7 };

/// An attestation report, parsed and not yet believed. Byte strings are raw.
/// Source: AMD 56860 (SNP ABI), ATTESTATION_REPORT.
struct Report {
    std::uint32_t version = 0;
    std::uint32_t guest_svn = 0;
    std::uint64_t policy = 0;
    std::string family_id;
    std::string image_id;
    std::uint32_t vmpl = 0;
    std::uint32_t signature_algo = 0;
    std::string current_tcb;
    std::uint64_t platform_info = 0;
    std::uint32_t key_info = 0;
    std::string report_data;
    std::string measurement;
    std::string host_data;
    std::string id_key_digest;
    std::string author_key_digest;
    std::string report_id;
    std::string report_id_ma;
    std::string reported_tcb;
    std::optional<Cpuid> cpuid; ///< versions 3 and later
    std::string chip_id;
    std::string committed_tcb;
    FirmwareVersion current_version;
    FirmwareVersion committed_version;
    std::string launch_tcb;
    std::optional<std::uint64_t> launch_mit_vector;  ///< version 5
    std::optional<std::uint64_t> current_mit_vector; ///< version 5
    std::string signature_r;                         ///< 72 bytes, little endian
    std::string signature_s;
    std::string bytes; ///< all of it
};

/// Errors: invalid_argument the length, the version (2, 3 and 5 are known; 4 is refused while no genuine
/// sample has been seen) or the signature algorithm.
[[nodiscard]] Result<Report> parse_report(std::string_view bytes);

[[nodiscard]] inline bool has_masked_chip_key(const Report& report) {
    return (report.key_info & 2U) != 0;
}
/// Raw value 2..6 stands for keys nobody knows.
[[nodiscard]] inline std::uint32_t signing_key_of(const Report& report) {
    return (report.key_info >> 2U) & 7U;
}
/// The generation that the report names itself. Errors: invalid_argument a processor that is not known here;
/// none when the version carries no CPUID.
[[nodiscard]] Result<std::optional<Product>> product_of(const Report& report);
/// Names of fields that must be zero and are not, and of bits that must be one and are not.
[[nodiscard]] std::vector<std::string> broken_reserved_fields(const Report& report);

} // namespace redoubt::tee::sev_snp
