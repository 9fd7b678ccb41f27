// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/tee/cli/evidence_options.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/tdx/verifier.hpp"

namespace redoubt::tee::cli {

/// Collateral of a folder and of single files. In a folder: tcb_info.json with tcb_info.sig.hex, or the
/// service's answer as tcbinfo_response.json or tcbInfo.json; the same for qe_identity; every certificate and
/// revocation list. Errors: not_found; invalid_argument what is malformed.
[[nodiscard]] Result<tdx::Collateral> load_collateral(const EvidenceOptions& options);

} // namespace redoubt::tee::cli
