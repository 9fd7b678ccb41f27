// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a guest of Azure's sends: the paravisor's report around a processor's, and quotes of its virtual TPM.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/keys.hpp"

namespace redoubt::tests {

inline constexpr std::uint32_t k_hcl_snp = 2;
inline constexpr std::uint32_t k_hcl_tdx = 4;

/// The runtime data: JSON that names the attestation key and repeats what the guest asked for.
std::string make_runtime_data(const crypto::PrivateKey& attestation_key, std::string_view user_data);

/// The TDREPORT (1024 bytes) of the TD that a quote's body (584 bytes) is of; its MAC is zeros.
std::string make_local_report(std::string_view td_body);

struct HclSpec {
    std::uint32_t type = k_hcl_tdx;
    std::uint32_t hash = 1; ///< SHA-256
    std::string hardware_report;
    std::string runtime_data;
};
std::string make_hcl_report(const HclSpec& spec);

/// Values of 24 SHA-256 PCRs: PCR n is n times the byte n.
using PcrBank = std::array<std::string, 24>;
PcrBank make_pcrs();

struct MadeQuote {
    std::string message;
    std::string signature; ///< bare, as Azure's TPM tools store it
};
/// A quote of the PCRs whose bits are set in `selected`, RSASSA with SHA-256.
MadeQuote make_tpm_quote(const crypto::PrivateKey& attestation_key, std::string_view nonce,
                         const PcrBank& pcrs, std::uint32_t selected = 0xFFFFFF);

} // namespace redoubt::tests
