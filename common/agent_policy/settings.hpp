// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Settings of the policy generator: what a node makes of any pod. docs/formats/policy.md has all of them.

#include <cstdint>
#include <string_view>

#include "common/base/error.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {

/// The settings that are built in, as JSON.
[[nodiscard]] std::string_view default_settings();

/// What differs from them where a node is Redoubt's, as JSON.
[[nodiscard]] std::string_view redoubt_settings();

/// Whose node forms the requests: the same pod becomes other mounts, users and namespaces.
enum class NodeKind : std::uint8_t { kata, redoubt };

/// The settings built in for `node`, changed by `text`, a JSON object (empty: nothing is changed): objects
/// are merged, everything else is replaced. Errors: invalid_argument for a member the built-in ones do not
/// have, of another type, or a version that is not 1: "settings.block.drivers: not an array".
[[nodiscard]] Result<json::Document> read_settings(std::string_view text, NodeKind node = NodeKind::kata);

} // namespace redoubt::agent_policy
