// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Kubernetes manifests as pods of the management API. Strict: what is not known or not done is an error that
/// names file, line, document and path. Pure. Fields: docs/guides/pods.md.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

struct ManifestFile {
    std::string name; ///< what errors call it
    std::string text;
};

enum class PullPolicy : std::uint8_t { missing, always, never };

struct ManifestContainer {
    pb::ContainerSpec spec; ///< its pod is named, not yet known
    PullPolicy pull = PullPolicy::missing;
};

struct ManifestPod {
    pb::PodSpec spec;
    std::vector<ManifestContainer> containers; ///< init containers first, in their order
    std::vector<std::string> claims;           ///< named volumes
    /// Of claims that the guest opens with a key of the broker's: which key.
    std::map<std::string, std::string> claim_keys = {};
};

/// The pods of all files, with the ConfigMaps and Secrets of all of them.
/// Errors: invalid_argument "pod.yaml: line 7: Pod 'web': spec.containers[0].image: missing".
[[nodiscard]] Result<std::vector<ManifestPod>> parse_manifests(const std::vector<ManifestFile>& files);

/// "128Mi", "0.5", "500m", "2e3", in thousandths. Errors: invalid_argument.
/// Source: Kubernetes API, resource.Quantity.
[[nodiscard]] Result<std::uint64_t> parse_quantity_in_thousandths(std::string_view text);

} // namespace redoubt::ctl
