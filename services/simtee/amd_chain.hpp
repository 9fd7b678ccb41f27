// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// AMD's authorities as a simulator has them, for one Milan chip, and the reports that chip signs.
/// Source: AMD 57230 (VCEK certificates), AMD 56860 (SNP ABI), ATTESTATION_REPORT.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/simtee/certificate_maker.hpp"

namespace redoubt::services::simtee {

struct AmdChainSpec {
    Validity validity;
    std::string chip_id; ///< raw, 64 bytes; a simulator's begins with "SIM"
    unsigned rsa_bits = 4096;
};

/// ARK, ASK and VCEK.
struct AmdChain {
    Identity root;
    Identity signer;
    Identity vcek;
};
/// Errors: invalid_argument a chip id of another size; internal.
[[nodiscard]] Result<AmdChain> make_amd_chain(const AmdChainSpec& spec);

/// What of a report a guest or its launch decides; the rest is the chip's.
struct ReportFields {
    std::string chip_id; ///< raw, 64 bytes
    std::uint32_t vmpl = 0;
    std::string report_data; ///< raw, up to 64 bytes
    std::string measurement; ///< raw, 48 bytes
    std::string host_data;   ///< raw, up to 32 bytes
    std::string report_id;   ///< raw, up to 32 bytes
};
/// A version 3 report of a Milan chip, before its signature: policy 0x30000 (SMT, no debugging, no
/// migration).
[[nodiscard]] std::string render_report(const ReportFields& fields);
/// Puts the signature in its place. Errors: invalid_argument no P-384 key; internal.
[[nodiscard]] Result<std::string> sign_report(std::string report, const crypto::PrivateKey& vcek);

struct TableEntry {
    std::string_view guid;
    std::string der;
};
inline constexpr std::string_view k_ark_guid = "c0b406a4-a803-4952-9743-3fb6014cd0ae";
inline constexpr std::string_view k_ask_guid = "4ab7b379-bbac-4fe4-a02f-05aef327c782";
inline constexpr std::string_view k_vcek_guid = "63da758d-e664-4564-adc5-f4b93be8accd";
/// The table behind an extended report. Source: GHCB 2.0 (56421), SNP extended guest request.
[[nodiscard]] std::string render_cert_table(const std::vector<TableEntry>& entries);

} // namespace redoubt::services::simtee
