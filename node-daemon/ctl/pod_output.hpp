// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "node-daemon/ctl/table.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

/// `pod ps`: POD ID, NAME, STATUS, CREATED, # OF CONTAINERS.
[[nodiscard]] std::string render_pods(const std::vector<pb::PodSummary>& pods, UnixTime now,
                                      Truncate truncate);
/// "created", "running", "degraded", "exited".
[[nodiscard]] std::string name_of_state(pb::PodState state);
[[nodiscard]] std::string pods_json(const std::vector<pb::PodSummary>& pods);
[[nodiscard]] std::string pod_details_json(const std::vector<pb::InspectPodResponse>& pods);
/// `[{"pod": "web"}]` of start, stop, kill, rm, apply and down.
[[nodiscard]] std::string touched_pods_json(const std::vector<std::string>& pods);

/// `network ls`: NETWORK, DRIVER, SUBNETS, NAMES, USED BY.
[[nodiscard]] std::string render_networks(const std::vector<pb::Network>& networks);
[[nodiscard]] std::string networks_json(const std::vector<pb::Network>& networks);
[[nodiscard]] std::string touched_networks_json(const std::vector<std::string>& networks);

} // namespace redoubt::ctl
