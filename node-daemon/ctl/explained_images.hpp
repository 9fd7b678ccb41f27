// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/initdata/initdata.hpp"
#include "node-daemon/ctl/pod_manifest.hpp"

namespace redoubt::ctl {

/// What says that the bytes of an image are the right ones.
enum class Authority : std::uint8_t {
    digest,    ///< the pod names the manifest by it, and the policy compares
    signature, ///< a signature policy that initdata names
    none,      ///< the name alone: whoever answers for the registry decides
};
[[nodiscard]] std::string_view name_of(Authority authority);

struct ExplainedImage {
    std::string container;
    std::string image;
    Authority authority = Authority::none;
    std::string detail;            ///< the digest, or where the signature policy is
    std::vector<std::string> keys; ///< of encrypted layers: resources, sorted
};

/// `layouts`: "NAME=FOLDER" words, OCI layouts of images, by which keys of layers are found.
/// Errors: invalid_argument for a word; errno's; what is wrong in a layout.
[[nodiscard]] Result<std::vector<ExplainedImage>> explain_images(const ManifestPod& pod,
                                                                 const initdata::Initdata* initdata,
                                                                 const std::vector<std::string>& layouts);

} // namespace redoubt::ctl
