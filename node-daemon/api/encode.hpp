// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The node's values as the management API carries them. Pure.

#include "node-daemon/sandbox/container_spec.hpp"
#include "node-daemon/sandbox/event_hub.hpp"
#include "node-daemon/sandbox/image_info.hpp"
#include "node-daemon/sandbox/log_reader.hpp"
#include "node-daemon/sandbox/node_info.hpp"
#include "node-daemon/sandbox/volume_info.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {

namespace pb = redoubt::node::v1;

[[nodiscard]] pb::ContainerState encode(sandbox::ContainerState state);
[[nodiscard]] pb::ContainerSummary encode(const sandbox::ContainerSummary& summary);
[[nodiscard]] pb::ContainerSpec encode(const sandbox::ContainerSpec& spec);
[[nodiscard]] pb::InspectContainerResponse encode(const sandbox::ContainerDetails& details);
[[nodiscard]] pb::LogsResponse encode(const sandbox::LogLine& line);
[[nodiscard]] pb::Volume encode(const sandbox::VolumeInfo& volume);
[[nodiscard]] pb::Event encode(const sandbox::NodeEvent& event);
[[nodiscard]] pb::Image encode(const sandbox::ImageInfo& image);
[[nodiscard]] pb::InspectImageResponse encode(const sandbox::ImageDetails& details);
[[nodiscard]] pb::LayerProgress encode(const sandbox::ImageLayerProgress& progress);
[[nodiscard]] pb::NodeInfo encode(const sandbox::NodeInfo& info);
[[nodiscard]] pb::SandboxInfo encode(const sandbox::SandboxInfo& sandbox);
[[nodiscard]] pb::CheckResult encode(const sandbox::NodeCheck& check);

} // namespace redoubt::node::api
