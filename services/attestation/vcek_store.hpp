// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// VCEKs that were fetched: a folder with one certificate a chip and TCB, named by key_of(Chip), and where
/// each came from. Blocks on files.

#include <filesystem>

#include "services/attestation/verifier/chip.hpp"

namespace redoubt::services::attestation {

/// Beside "snp" and "tdx".
inline constexpr const char* k_vcek_folder = "vcek";
/// Of the folder; the one that came first goes.
inline constexpr std::size_t k_max_vceks = 1024;

/// Adds those of `folder` to `vceks` and `origins` of the collateral. What cannot be read is passed over:
/// it is fetched again. A folder that is not there has none. Errors: errno's.
Status load_vceks(const std::filesystem::path& folder, Collateral& collateral);

/// Keeps one, whose key the caller has checked. Errors: errno's.
Status keep_vcek(const std::filesystem::path& folder, const std::string& key,
                 const tee::Certificate& certificate, const Origin& origin);

} // namespace redoubt::services::attestation
