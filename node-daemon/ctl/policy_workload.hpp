// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Kubernetes manifests as what a policy is made of. Fields a policy does not depend on are passed over,
/// fields that are not known are errors: they might matter. Pure. Fields: docs/formats/policy.md.

#include <map>
#include <string>
#include <vector>

#include "common/agent_policy/workload.hpp"
#include "node-daemon/ctl/manifest_data.hpp"

namespace redoubt::ctl {

/// The workloads of all files (Pod, Deployment, DaemonSet, ReplicaSet, StatefulSet, ReplicationController,
/// Job, CronJob, List of these), with ConfigMaps and Secrets of all of them. Documents of other kinds are
/// passed over. `gpu_resources`: names of resources that are GPUs passed through.
/// Errors: invalid_argument "pod.yaml: line 7: Pod 'web': spec.containers[0].image: missing".
[[nodiscard]] Result<std::vector<agent_policy::Workload>>
parse_policy_workloads(const std::vector<ManifestFile>& files, const std::vector<std::string>& gpu_resources);

/// What a pod's volume is.
struct PolicyVolume {
    agent_policy::VolumeKind kind = agent_policy::VolumeKind::files;
    std::string key_uri; ///< of a kept one
};

/// What a container's reader knows of its pod. For the reader of containers only.
struct PolicyContext {
    const ManifestStore& store;
    const std::vector<std::string>& gpu_resources;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::string service_account = "default";
    std::map<std::string, PolicyVolume> volumes;
};

[[nodiscard]] Result<agent_policy::Container> parse_policy_container(const ManifestPlace& place,
                                                                     const PolicyContext& context);

/// runAsUser and runAsGroup.
[[nodiscard]] Result<agent_policy::UserWish> parse_user_wish(ManifestFields& security);

} // namespace redoubt::ctl
