// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// ConfigMaps and Secrets of a manifest, and the readers of its parts. For the readers of manifests only.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node-daemon/ctl/manifest_place.hpp"
#include "node-daemon/ctl/pod_manifest.hpp"

namespace redoubt::ctl {

/// Key to bytes.
using ManifestData = std::map<std::string, std::string>;

struct ManifestStore {
    std::map<std::string, ManifestData> config_maps;
    std::map<std::string, ManifestData> secrets;
};

/// What a container's reader knows of its pod.
struct PodContext {
    std::string pod;
    const ManifestStore& store;
    /// How each volume is mounted: target and read_only are the container's.
    std::map<std::string, pb::Mount> volumes;
    std::string user; ///< of its securityContext
    pb::RestartPolicy::Kind restart = pb::RestartPolicy::ALWAYS;
    std::uint32_t grace_seconds = 10;
    bool is_init = false;
};

/// What a ConfigMap or a Secret holds.
[[nodiscard]] Result<ManifestData> read_manifest_data(ManifestFields& fields, bool is_secret);

/// Data that `fields` name; nothing when it is optional and not there.
/// `kind`: "ConfigMap" or "Secret", for errors. `name_field`: "name", of a secret's volume "secretName".
[[nodiscard]] Result<const ManifestData*> find_data(ManifestFields& fields,
                                                    const std::map<std::string, ManifestData>& known,
                                                    const std::string& kind, const std::string& name_field);

/// One key of such data; nothing when it is optional and not there.
[[nodiscard]] Result<std::optional<std::string>>
find_value(ManifestFields fields, const std::map<std::string, ManifestData>& known, const std::string& kind);

/// The variables of a container's envFrom, in order: name and value.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>>
read_variable_groups(ManifestFields& container, const ManifestStore& store);

/// A container; ports that it maps go to `pod`.
[[nodiscard]] Result<ManifestContainer> parse_manifest_container(const ManifestPlace& place,
                                                                 const PodContext& context, pb::PodSpec& pod);

/// `ports`: the container's, by name.
[[nodiscard]] Status parse_manifest_probes(ManifestFields& container,
                                           const std::map<std::string, std::uint32_t>& ports,
                                           pb::ContainerSpec& spec);

/// "UID[:GID]" of a securityContext, `fallback` where it says nothing.
[[nodiscard]] Result<std::string> parse_manifest_user(ManifestFields& security, const std::string& fallback);

} // namespace redoubt::ctl
