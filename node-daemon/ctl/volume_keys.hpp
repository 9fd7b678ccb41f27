// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Which key of the broker's opens a pod's persistentVolumeClaim, as its author says in an annotation of the
/// pod: "io.redoubt.volume-key/CLAIM: kbs:///repository/type/tag". For the readers of manifests only.

#include <map>
#include <string>
#include <string_view>

#include "node-daemon/ctl/manifest_place.hpp"

namespace redoubt::ctl {

inline constexpr std::string_view k_volume_key_annotation = "io.redoubt.volume-key/";

/// By claim.
struct VolumeKeys {
    std::map<std::string, std::string> keys;
    std::map<std::string, std::string> unclaimed; ///< those that no volume has asked for yet
};

/// Errors: invalid_argument a value that names no key; `pod` is where it is said to be.
[[nodiscard]] Result<VolumeKeys> volume_keys(const std::map<std::string, std::string>& annotations,
                                             const ManifestPlace& pod);

/// Empty for a claim without.
[[nodiscard]] std::string take_volume_key(VolumeKeys& keys, const std::string& claim);

/// Whoever misspells a claim must not get a volume in the clear. Errors: invalid_argument a key of a claim
/// that the pod has not.
[[nodiscard]] Status check_all_claimed(const VolumeKeys& keys, const ManifestPlace& pod);

} // namespace redoubt::ctl
