// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The files of a ConfigMap's or a Secret's volume. For the readers of manifests only.

#include <cstdint>
#include <string>
#include <vector>

#include "node-daemon/ctl/manifest_data.hpp"

namespace redoubt::ctl {

struct VolumeFile {
    std::string path; ///< in the volume
    std::uint32_t mode = 0;
    std::string bytes;
};

/// All keys of the data that `fields` (configMap, secret) name, or those of `items`; none when it is optional
/// and not there. Errors: as the readers of manifests have them.
[[nodiscard]] Result<std::vector<VolumeFile>> read_volume_files(ManifestFields fields,
                                                                const ManifestStore& store, bool is_secret);

} // namespace redoubt::ctl
