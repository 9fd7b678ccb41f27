// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"
#include "guest-image/attester/evidence.hpp"
#include "guest-image/attester/evidence_device.hpp"

namespace redoubt::guest::attester::sev_snp {

/// An SEV-SNP report and its certificate table as {"attestation_report": {...}, "cert_chain": [...]}.
/// Errors: invalid_argument the report's length or version, a broken table; permission_denied a VMPL other
/// than 0. Source: Confidential Containers, evidence of the attester snp.
[[nodiscard]] Result<Evidence> read_snp_evidence(const RawEvidence& raw);

} // namespace redoubt::guest::attester::sev_snp
