// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/collateral.hpp"

#include "common/base/file.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/cli/tdx_collateral.hpp"
#include "common/tee/tpm/verifier.hpp"

namespace redoubt::services::attestation {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_in(const fs::path& parent) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parent, error))
        if (entry.is_directory(error)) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

} // namespace

Result<Collateral> load_collateral(const fs::path& folder) {
    Collateral collateral;
    RDT_TRY(collateral.amd, tee::sev_snp::production_authorities());
    collateral.snp_certificates = collateral.amd.intermediates;
    for (const auto& anchor : collateral.amd.anchors) collateral.snp_certificates.push_back(anchor.root);
    RDT_TRY(collateral.intel_anchors, tee::tdx::production_anchors());
    RDT_TRY(collateral.tpm_anchors, tee::tpm::production_anchors());
    std::error_code error;
    if (const auto snp = folder / "snp"; fs::is_directory(snp, error)) {
        RDT_TRY(auto pool, tee::cli::load_pool({snp.native()}));
        std::ranges::move(pool.certificates, std::back_inserter(collateral.snp_certificates));
        collateral.snp_revocation_lists = std::move(pool.revocation_lists);
    }
    for (const auto& family : folders_in(folder / "tdx")) {
        tee::cli::EvidenceOptions options;
        options.collateral = family.native();
        RDT_TRY(auto bundle, tee::cli::load_collateral(options));
        collateral.tdx.push_back(std::move(bundle));
    }
    return collateral;
}

Status add_anchors(Collateral& collateral, const fs::path& file) {
    RDT_TRY(const auto anchors, tee::cli::load_anchors({file.native()}));
    for (const auto& anchor : anchors) {
        collateral.amd.anchors.push_back(anchor);
        collateral.snp_certificates.push_back(anchor.root);
        collateral.intel_anchors.push_back(anchor);
        collateral.tpm_anchors.push_back(anchor);
    }
    return {};
}

} // namespace redoubt::services::attestation
