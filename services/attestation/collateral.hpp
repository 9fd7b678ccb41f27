// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

/// What is built in and what lies in a folder: "snp" has certificates and revocation lists, "tdx" has one
/// folder a platform family with the answers of Intel's service, "vcek" what was fetched for single chips.
/// Blocks on files. A folder that is not there
/// has nothing. Errors: invalid_argument a file that is none of these.
[[nodiscard]] Result<Collateral> load_collateral(const std::filesystem::path& folder);

/// Adds the roots in a PEM file, of the class their subject tells; for a simulator, or a vendor not known
/// here.
Status add_anchors(Collateral& collateral, const std::filesystem::path& file);

} // namespace redoubt::services::attestation
