// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Pods and probes as the store keeps them. Format: docs/formats/state-database.md.

#include <boost/json/array.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "common/encoding/json.hpp"
#include "node-daemon/sandbox/pod_spec.hpp"

namespace redoubt::node::sandbox {

[[nodiscard]] std::string render_pod_spec(const PodSpec& spec);
/// Errors: as parse_spec.
[[nodiscard]] Result<PodSpec> parse_pod_spec(std::string_view text);

[[nodiscard]] boost::json::array render_probes(const std::vector<Probe>& probes);
/// Nothing when the member is missing.
[[nodiscard]] Result<std::vector<Probe>> parse_probes(const json::Node& node);

[[nodiscard]] boost::json::array render_ports(const std::vector<launch::PortMapping>& ports);
[[nodiscard]] Result<launch::PortMapping> parse_port(const json::Node& node);

} // namespace redoubt::node::sandbox
