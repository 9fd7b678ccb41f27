// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Volumes of a pod as a node of Redoubt brings them, which is not Kata's way: emptyDirs come with the
/// sandbox, files of ConfigMaps and Secrets as documents, and containers bind both. For mounts.cpp and
/// generate.cpp only. Sources: node-daemon/launch/pod_plan.cpp, container_mounts.cpp.

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "common/agent_policy/workload.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {

/// Whether the settings' node brings volumes in this way.
[[nodiscard]] Result<bool> brings_own_volumes(const json::Node& settings);

/// A container's mount of an emptyDir, a ConfigMap or a Secret.
[[nodiscard]] Result<boost::json::object> own_volume_mount(const VolumeUse& use, const json::Node& settings);

/// The storages that a sandbox may be made with: one for each emptyDir that a container mounts.
[[nodiscard]] Result<boost::json::array> own_volume_storages(const Workload& pod, const json::Node& settings);

/// A volume that the guest opens with a key of the broker's: its mount and the storage that it has to come
/// from, as the slot's members "mounts" and "storages" have them.
struct KeptVolume {
    std::string storage_name;
    boost::json::object storage;
    boost::json::object mount;
};
/// Errors: invalid_argument a node that does not bring volumes in this way, or what it cannot do.
[[nodiscard]] Result<KeptVolume> kept_volume(const VolumeUse& use, const json::Node& settings);

/// Errors: invalid_argument two volumes of the pod that one key opens: the host could exchange them.
[[nodiscard]] Status check_volume_keys(const Workload& pod);

/// What documents may hold, by name: {"files": {PATH: {"mode": 420, "digest": "sha256:..."}}}, or
/// {"files": null} for what the manifests do not have, of which `warnings` hears.
[[nodiscard]] boost::json::object own_documents(const Workload& pod, std::vector<std::string>& warnings);

} // namespace redoubt::agent_policy
