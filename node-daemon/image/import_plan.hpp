// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "node-daemon/image/archive_files.hpp"
#include "node-daemon/image/verified_image.hpp"

namespace redoubt::node::image {

/// Which image of an archive is imported, under which name, and where its layers are.
struct ImportPlan {
    std::string name; ///< canonical; empty when neither the archive nor the caller gives one
    VerifiedImage image;
    std::vector<std::string> layer_files; ///< names in the archive, lowest layer first
    std::string signatures = {};          ///< as of FetchedImage
};

/// What the caller asks of an archive.
struct ImportWish {
    std::string name; ///< picks the image of that name when there are several, and names it; may be empty
    oci::Platform platform;
};

/// Reads whichever of the two it is. Errors: invalid_argument what is missing or wrong; several images and
/// none picked (naming them); not_found none for the platform; data_loss digest mismatch. Blocking.
[[nodiscard]] Result<ImportPlan> make_import_plan(const ArchiveFiles& files, const ImportWish& wish);

/// Source: OCI image-spec 1.1, image-layout.md.
[[nodiscard]] Result<ImportPlan> plan_oci_layout(const ArchiveFiles& files, const ImportWish& wish);
/// The archive of `docker save`: manifest.json with configs and layers, layers plain or compressed. The
/// manifest is made here; plain layers must have their diff ids, compressed ones are checked when they are
/// converted. Source: moby image/spec v1.2, "Combined Image JSON + Filesystem Changeset Format".
[[nodiscard]] Result<ImportPlan> plan_docker_archive(const ArchiveFiles& files, const ImportWish& wish);

/// The name an image gets: the one asked for, else the archive's; names without a registry become
/// localhost/...
[[nodiscard]] Result<std::string> canonical_name(const std::string& wanted, const std::string& found);

} // namespace redoubt::node::image
