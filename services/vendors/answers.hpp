// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Vendors' answers as files for an import. Pure. What is in them is only taken apart here; who signed it is
/// judged like that of any import.

#include "common/http/message.hpp"
#include "services/attestation/collateral_import.hpp"
#include "services/vendors/targets.hpp"

namespace redoubt::services::vendors {

/// The statement, and the certificates that came with it. Limits: 4 certificates. Errors: unavailable another
/// status than 200; invalid_argument not what the target gives, or its issuer chain is missing or twice.
[[nodiscard]] Result<std::vector<attestation::CollateralImport::File>>
read_answer(const Target& target, const http::Response& answer);

/// A VCEK. Errors: not_found the service knows no such chip; otherwise as read_answer.
[[nodiscard]] Result<tee::Certificate> read_vcek(const http::Response& answer);

} // namespace redoubt::services::vendors
