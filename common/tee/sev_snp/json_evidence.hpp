// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// An SNP guest's evidence in the form in which guests send it: {"attestation_report", "cert_chain"}.

#include <string>

#include "common/encoding/json.hpp"
#include "common/tee/sev_snp/verifier.hpp"

namespace redoubt::tee::sev_snp {

/// The 1184 bytes of a report from the members guests send it in: byte lists and numbers, as the processor's
/// structure has them; or base64 of the bytes. What the members do not name is zero, and the signature judges
/// the whole. Errors: invalid_argument naming the member. Source: AMD 56860 (SNP ABI), ATTESTATION_REPORT.
[[nodiscard]] Result<std::string> encode_snp_report(const json::Node& report);

/// Adds the certificates of a list {cert_type, data} to what a chain is built from. Limits: 16 entries.
/// Errors: invalid_argument naming the entry.
Status add_snp_chain(const json::Node& chain, Endorsements& endorsements);

} // namespace redoubt::tee::sev_snp
