// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The simulation's certificates and keys on disk. Below `folder`: private/ (0700, keys 0600), and public/,
/// which is what a key broker is given: anchors.pem, snp/ and tdx/simulation/ in the forms its collateral
/// folder has.

#include <filesystem>

#include "services/simtee/amd_processor.hpp"
#include "services/simtee/intel_processor.hpp"

namespace redoubt::services::simtee {

/// Makes a chain of each vendor's form, good for ten years from the day before `now`. Files belong to the
/// owner of `folder`. Blocks for seconds: keys of 4096 bits. Errors: already_exists a chain is there; by
/// errno; internal.
[[nodiscard]] Status make_chains(const std::filesystem::path& folder, tee::Time now);

/// What a processor needs of them; the keys of the authorities above it stay unread. Errors: not_found;
/// invalid_argument; permission_denied keys that others may read.
[[nodiscard]] Result<AmdParts> load_amd_parts(const std::filesystem::path& folder);
[[nodiscard]] Result<IntelParts> load_intel_parts(const std::filesystem::path& folder);

} // namespace redoubt::services::simtee
