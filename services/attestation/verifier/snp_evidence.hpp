// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include "common/tee/sev_snp/json_evidence.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

using tee::sev_snp::add_snp_chain;
using tee::sev_snp::encode_snp_report;

/// The VCEK at hand for the chip and TCB that a report says it is of; null: none. Lifetime: the collateral's.
[[nodiscard]] const tee::Certificate* find_vcek(const tee::sev_snp::Report& report,
                                                const Collateral& collateral);

/// A report's fields under the names that policies know.
[[nodiscard]] boost::json::object snp_policy_claims(const tee::sev_snp::Report& report,
                                                    tee::sev_snp::Product product);

} // namespace redoubt::services::attestation
