// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/layer_tar.hpp"
#include "guest-image/image/image_authority.hpp"
#include "guest-image/image/pull_request.hpp"
#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::image {

/// The disks that a request names, opened to be read.
struct PullDisks {
    UniqueFd manifest;
    UniqueFd config;
    std::vector<UniqueFd> layers; ///< lowest first
    UniqueFd signatures;          ///< none, when the request names no such disk
};

/// Hears which image it is, by its manifest's digest, when all of it is here and before its keys are asked
/// for. A failure ends the pull.
using NoteImage = std::function<Task<>(const std::string& reference, const crypto::Digest& digest)>;

/// Whom a pull asks. Lifetime: they outlive it.
struct PullTrust {
    const ImageAuthority& authority;        ///< which images
    key_release::ResourceSource* resources; ///< has the keys; null: there are none
    NoteImage note = {};                    ///< may be empty
};

struct PullLimits {
    /// Of each layer. What the plan of a tree takes is the guest's memory.
    oci::LayerTarLimits layer{
        .max_bytes = 32ULL << 30U, .max_entries = 1'000'000, .max_path_bytes = 64ULL << 20U};
};

/// Brings an image from the host's disks into `scratch`, a folder that the host can neither read nor change
/// unnoticed. The host is trusted with nothing: the manifest has to be one that the authority takes under
/// that reference, config and layers have to have the manifest's digests, the HMACs have to fit and the
/// content its diff ids. Keys are asked for when all blobs have been copied and have their digests: for
/// an image that was changed none is. Memory is bounded, whatever a layer's size: blobs lie in `scratch`,
/// each until it is unpacked. Returns the layers' folders in `scratch`, lowest first, as overlayfs takes
/// them. Errors: name the image, the layer and the stage: "image a/b@sha256:..: layer 1 of 2: decrypt: ...".
/// What is in `scratch` after a failure is of no use.
Task<std::vector<std::string>> pull(PullRequest request, PullDisks disks, UniqueFd scratch, PullTrust trust,
                                    PullLimits limits = {});

} // namespace redoubt::guest::image
