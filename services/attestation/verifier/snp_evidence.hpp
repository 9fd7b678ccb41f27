// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>

#include "common/encoding/json.hpp"
#include "common/tee/sev_snp/verifier.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

/// The 1184 bytes of a report from the members guests send it in: byte lists and numbers, as the processor's
/// structure has them; or base64 of the bytes. What the members do not name is zero, and the signature judges
/// the whole. Errors: invalid_argument naming the member. Source: AMD 56860 (SNP ABI), ATTESTATION_REPORT.
[[nodiscard]] Result<std::string> encode_snp_report(const json::Node& report);

/// Adds the certificates of a list {cert_type, data} to what a chain is built from. Limits: 16 entries.
Status add_snp_chain(const json::Node& chain, tee::sev_snp::Endorsements& endorsements);

/// The VCEK at hand for the chip and TCB that a report says it is of; null: none. Lifetime: the collateral's.
[[nodiscard]] const tee::Certificate* find_vcek(const tee::sev_snp::Report& report,
                                                const Collateral& collateral);

/// A report's fields under the names that policies know.
[[nodiscard]] boost::json::object snp_policy_claims(const tee::sev_snp::Report& report,
                                                    tee::sev_snp::Product product);

} // namespace redoubt::services::attestation
