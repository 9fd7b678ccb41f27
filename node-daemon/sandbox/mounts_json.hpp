// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Parts of a container's spec as the store keeps them; absent means none. Format:
/// docs/formats/state-database.md.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <vector>

#include "common/encoding/json.hpp"
#include "node-daemon/sandbox/container_spec.hpp"

namespace redoubt::node::sandbox {

[[nodiscard]] boost::json::array render_mounts(const std::vector<launch::ContainerMount>& mounts);
[[nodiscard]] boost::json::array render_limits(const std::vector<oci::Rlimit>& limits);
[[nodiscard]] boost::json::object render_restart(const RestartPolicy& policy);

/// Errors: invalid_argument naming the member.
[[nodiscard]] Result<std::vector<launch::ContainerMount>> parse_mounts(const json::Node& node);
[[nodiscard]] Result<std::vector<oci::Rlimit>> parse_limits(const json::Node& node);
[[nodiscard]] Result<RestartPolicy> parse_restart(const json::Node& node);

} // namespace redoubt::node::sandbox
