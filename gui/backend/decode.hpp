// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The node's messages as the console's values.

#include "gui/backend/values.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::gui {

namespace pb = redoubt::node::v1;

[[nodiscard]] Workload decode(const pb::ContainerSummary& summary);
[[nodiscard]] Workload decode(const pb::PodSummary& summary);
/// Pods first; containers know the names of their pods.
[[nodiscard]] std::vector<Workload> decode(const pb::ListContainersResponse& containers,
                                           const pb::ListPodsResponse& pods);
[[nodiscard]] Usage decode(const pb::ContainerUsage& usage);
[[nodiscard]] ImageRow decode(const pb::Image& image);
[[nodiscard]] NodeEvent decode(const pb::Event& event);
[[nodiscard]] NodeFacts decode(const pb::NodeInfo& info);
[[nodiscard]] Check decode(const pb::CheckResult& check);
[[nodiscard]] DiskUse decode(const pb::GetDiskUsageResponse& usage);
[[nodiscard]] Details decode(const pb::InspectContainerResponse& response);
[[nodiscard]] Details decode(const pb::InspectPodResponse& response);

/// Adds up what a pull says layer by layer.
class PullSum {
  public:
    PullProgress add(const pb::LayerProgress& layer);

  private:
    std::map<std::string, pb::LayerProgress> layers_;
};

} // namespace redoubt::gui
