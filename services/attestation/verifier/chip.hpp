// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <string>

#include "common/encoding/json.hpp"
#include "common/tee/sev_snp/endorsement.hpp"
#include "common/tee/sev_snp/report.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

/// A chip with one firmware: what a VCEK is made for.
struct Chip {
    tee::sev_snp::Product product = tee::sev_snp::Product::milan;
    std::string hwid; ///< raw: 64 bytes, 8 of a Turin
    tee::sev_snp::TcbVersion tcb;
};

/// The chip that a report is of, by its own word. None: it does not tell its generation (version 2), its
/// chip id is masked, or a VLEK signed it.
[[nodiscard]] std::optional<Chip> chip_of(const tee::sev_snp::Report& report);

/// What tells VCEKs apart, also as a file's name: "milan-<hwid>-<TCB>", hex.
[[nodiscard]] std::string key_of(const Chip& chip);
/// The same of what a certificate says; none when it is no VCEK.
[[nodiscard]] std::optional<std::string> key_of(const tee::sev_snp::Endorsement& endorsement);

/// The chip of evidence of an SNP guest whose VCEK is neither in it nor at hand. None also when the evidence
/// cannot be read: whoever judges it says why.
[[nodiscard]] std::optional<Chip> missing_chip(const json::Node& evidence, const Collateral& collateral);

} // namespace redoubt::services::attestation
