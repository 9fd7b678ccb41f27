// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The report of Azure's paravisor: a report of the processor, and what its report data is the hash of, which
/// names the virtual TPM's attestation key.

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "common/tee/evidence/public_key.hpp"
#include "common/tee/sev_snp/verifier.hpp"
#include "common/tee/tdx/verifier.hpp"

namespace redoubt::tee::az_vtpm {

enum class HardwareKind : std::uint8_t { snp, tdx };

struct HclReport {
    HardwareKind kind = HardwareKind::snp;
    std::string hardware_report; ///< an SNP report, or a TDREPORT
    std::string runtime_data;    ///< the JSON, byte for byte
    std::string user_data;       ///< what the guest had put into it, raw; empty when it says nothing
    PublicKey attestation_key;   ///< HCLAkPub
};

/// Limits: 64 KiB. Errors: invalid_argument.
[[nodiscard]] Result<HclReport> parse_hcl_report(std::string_view bytes);

struct Verdict {
    Explanation explanation; ///< of the hardware's evidence and of the binding, names prefixed "hardware."
    std::optional<PublicKey> attestation_key;   ///< only when everything up to it is proved
    std::optional<tdx::VerifiedQuote> verified; ///< of a TD; says nothing of the key
    boost::json::object document;               ///< the parsed values
};

/// Verifies an SNP report inside, and that it names the key.
[[nodiscard]] Verdict verify_snp(const HclReport& report, const sev_snp::Endorsements& endorsements,
                                 const sev_snp::AmdAuthorities& authorities, const sev_snp::Policy& policy,
                                 Time at);
/// The same by a TD quote, which has to be of the same TD as the TDREPORT inside.
[[nodiscard]] Verdict verify_tdx(const HclReport& report, std::string_view quote,
                                 const tdx::Collateral& collateral, const std::vector<TrustAnchor>& anchors,
                                 const tdx::Policy& policy, Time at);

} // namespace redoubt::tee::az_vtpm
