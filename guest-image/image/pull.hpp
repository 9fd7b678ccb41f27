// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/layer_tar.hpp"
#include "guest-image/image/pull_request.hpp"
#include "guest-image/key_release/resource_source.hpp"

namespace redoubt::guest::image {

/// The disks that a request names, opened to be read.
struct PullDisks {
    UniqueFd manifest;
    UniqueFd config;
    std::vector<UniqueFd> layers; ///< lowest first
};

struct PullLimits {
    /// Of each layer. What the plan of a tree takes is the guest's memory.
    oci::LayerTarLimits layer{
        .max_bytes = 32ULL << 30U, .max_entries = 1'000'000, .max_path_bytes = 64ULL << 20U};
};

/// Brings an image from the host's disks into `scratch`, a folder that the host can neither read nor change
/// unnoticed. The host is trusted with nothing: the manifest has to have the reference's digest, config and
/// layers those of the manifest, the HMACs have to fit and the content its diff ids. `resources`, borrowed,
/// has the keys; null: none. Returns the layers' folders in `scratch`, lowest first, as overlayfs takes them.
/// Errors: name the image, the layer and the stage: "image a/b@sha256:..: layer 1 of 2: decrypt: ...". What
/// is in `scratch` after a failure is of no use.
Task<std::vector<std::string>> pull(PullRequest request, PullDisks disks, UniqueFd scratch,
                                    key_release::ResourceSource* resources, PullLimits limits = {});

} // namespace redoubt::guest::image
