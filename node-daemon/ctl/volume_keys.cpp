// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/volume_keys.hpp"

#include <format>

#include "node-daemon/launch/volume_key_uri.hpp"

namespace redoubt::ctl {

Result<VolumeKeys> volume_keys(const std::map<std::string, std::string>& annotations,
                               const ManifestPlace& pod) {
    VolumeKeys found;
    for (const auto& [name, value] : annotations) {
        if (!name.starts_with(k_volume_key_annotation)) continue;
        if (const auto good = node::launch::check_volume_key(value); !good)
            return pod.wrong(std::format("annotation {}: {}", name, good.error().message));
        found.keys.emplace(name.substr(k_volume_key_annotation.size()), value);
    }
    found.unclaimed = found.keys;
    return found;
}

std::string take_volume_key(VolumeKeys& keys, const std::string& claim) {
    const auto known = keys.keys.find(claim);
    if (known == keys.keys.end()) return {};
    keys.unclaimed.erase(claim);
    return known->second;
}

Status check_all_claimed(const VolumeKeys& keys, const ManifestPlace& pod) {
    if (keys.unclaimed.empty()) return {};
    return pod.wrong(std::format("annotation {}{}: no volume is the persistentVolumeClaim '{}'",
                                 k_volume_key_annotation, keys.unclaimed.begin()->first,
                                 keys.unclaimed.begin()->first));
}

} // namespace redoubt::ctl
