// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/collateral.hpp"

#include <algorithm>
#include <iterator>

#include "common/base/file.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/cli/tdx_collateral.hpp"
#include "common/tee/tpm/verifier.hpp"
#include "services/attestation/vcek_store.hpp"

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

template <class Statement>
void note_origin(Collateral& collateral, const Statement& statement, const Origin& origin) {
    collateral.origins[digest_of(statement)] = origin;
}

/// Where the statements of a place came from; what was put there by hand nobody knows of, and what cannot be
/// read says nothing.
void note_origins(Collateral& collateral, const fs::path& place, const tee::tdx::Collateral& statements) {
    const auto text = read_file(place / k_origins_file);
    const auto known = text ? parse_origins(*text).value_or(Origins()) : Origins();
    const auto note = [&](const auto& statement) {
        const auto found = known.find(digest_of(statement));
        note_origin(collateral, statement, found == known.end() ? Origin() : found->second);
    };
    std::ranges::for_each(statements.certificates, note);
    std::ranges::for_each(statements.revocation_lists, note);
    if (statements.tcb_info) note(*statements.tcb_info);
    if (statements.qe_identity) note(*statements.qe_identity);
}

Status load_snp(Collateral& collateral, const fs::path& place) {
    RDT_TRY(auto pool, tee::cli::load_pool({place.native()}));
    tee::tdx::Collateral statements;
    statements.certificates = std::move(pool.certificates);
    statements.revocation_lists = std::move(pool.revocation_lists);
    note_origins(collateral, place, statements);
    std::ranges::move(statements.certificates, std::back_inserter(collateral.snp_certificates));
    collateral.snp_revocation_lists = std::move(statements.revocation_lists);
    return {};
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
    if (const auto snp = folder / "snp"; fs::is_directory(snp, error)) RDT_CHECK(load_snp(collateral, snp));
    for (const auto& anchor : collateral.amd.anchors)
        note_origin(collateral, anchor.root, {Source::built_in, {}, {}});
    for (const auto& certificate : collateral.amd.intermediates)
        note_origin(collateral, certificate, {Source::built_in, {}, {}});
    RDT_CHECK(load_vceks(folder / k_vcek_folder, collateral));
    for (const auto& family : folders_in(folder / "tdx")) {
        tee::cli::EvidenceOptions options;
        options.collateral = family.native();
        RDT_TRY(auto bundle, tee::cli::load_collateral(options));
        note_origins(collateral, family, bundle);
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
        note_origin(collateral, anchor.root, {Source::configured, file.native(), {}});
    }
    return {};
}

} // namespace redoubt::services::attestation
