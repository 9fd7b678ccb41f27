// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Statements of vendors that somebody brings: files for the folder that load_collateral reads. They are
/// signed by the vendors, and believed only as far as verifiers believe them; what is checked here is that
/// they can be read, and that no list takes the place of a newer one.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "services/attestation/collateral.hpp"

namespace redoubt::services::attestation {

/// Files for one place: "snp", or "tdx/FAMILY".
struct CollateralImport {
    struct File {
        std::string name;
        std::string bytes;
    };
    std::string place;
    std::vector<File> files;
};

/// Reads {"place", "files": [{"name", "data": base64}]}. Limits: 64 files. Errors: invalid_argument a place
/// or a name that is none, a name that load_collateral would not read, the same name twice, no files.
[[nodiscard]] Result<CollateralImport> parse_collateral_import(std::string_view body);

/// A copy of the place with the files in it, beside it in `folder`, read once as a whole. It goes away with
/// this value unless it was put into use. Blocks on files.
class StagedCollateral {
  public:
    /// Errors: invalid_argument what cannot be read; failed_precondition a list older than the one in use;
    /// errno's.
    [[nodiscard]] static Result<StagedCollateral>
    make(const std::filesystem::path& folder, const CollateralImport& import, const Collateral& in_use);
    StagedCollateral(StagedCollateral&& other) noexcept;
    StagedCollateral& operator=(StagedCollateral&&) = delete;
    StagedCollateral(const StagedCollateral&) = delete;
    StagedCollateral& operator=(const StagedCollateral&) = delete;
    ~StagedCollateral();

    /// Puts it in the place's stead: the old or the new, never half of it. Errors: errno's.
    Status put_into_use();

  private:
    StagedCollateral(std::filesystem::path staging, std::filesystem::path target)
        : staging_(std::move(staging)), target_(std::move(target)) {}

    std::filesystem::path staging_; ///< empty: moved from
    std::filesystem::path target_;
};

} // namespace redoubt::services::attestation
