// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Statements of vendors that come, by an import or from the vendor: files for the folder that
/// load_collateral reads. Whichever way they came, check_collateral() judges them before they are kept.

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
    Origin origin; ///< without the time
};

/// Reads {"place", "bundle"?, "files": [{"name", "data": base64}]}. Limits: 64 files. Errors:
/// invalid_argument a place or a name that is none, a name that load_collateral would not read, the same name
/// twice, no files.
[[nodiscard]] Result<CollateralImport> parse_collateral_import(std::string_view body);

/// The statements in an import alone. Blocks on files, which are gone when this returns. Errors:
/// invalid_argument what cannot be read; errno's.
[[nodiscard]] Result<tee::tdx::Collateral> read_brought(const std::filesystem::path& folder,
                                                        const CollateralImport& import);

/// A copy of the place with the files in it, beside it in `folder`, read once as a whole. It goes away with
/// this value unless it was put into use. Blocks on files.
class StagedCollateral {
  public:
    /// A document takes the place of any file that had one of its kind. Errors: invalid_argument what cannot
    /// be read; as check_collateral; errno's.
    [[nodiscard]] static Result<StagedCollateral> make(const std::filesystem::path& folder,
                                                       const CollateralImport& import,
                                                       const Collateral& in_use, Time at);
    StagedCollateral(StagedCollateral&& other) noexcept;
    StagedCollateral& operator=(StagedCollateral&&) = delete;
    StagedCollateral(const StagedCollateral&) = delete;
    StagedCollateral& operator=(const StagedCollateral&) = delete;
    ~StagedCollateral();

    /// What came with the import, read.
    [[nodiscard]] const tee::tdx::Collateral& brought() const { return brought_; }

    /// Puts it in the place's stead: the old or the new, never half of it. Errors: errno's.
    Status put_into_use();

  private:
    friend Result<tee::tdx::Collateral> read_brought(const std::filesystem::path& folder,
                                                     const CollateralImport& import);
    StagedCollateral(std::filesystem::path staging, std::filesystem::path target)
        : staging_(std::move(staging)), target_(std::move(target)) {}

    std::filesystem::path staging_; ///< empty: moved from
    std::filesystem::path target_;
    tee::tdx::Collateral brought_;
};

} // namespace redoubt::services::attestation
