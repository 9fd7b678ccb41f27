// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Volumes as people and scripts see them. The JSON is a promise: docs/formats/cli-json.md.

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// DRIVER, VOLUME NAME, SIZE, ON DISK.
[[nodiscard]] std::string render_volumes(const std::vector<pb::Volume>& volumes);
[[nodiscard]] std::string volumes_json(const std::vector<pb::Volume>& volumes);
/// The same, to stand in something larger.
[[nodiscard]] boost::json::array volumes_value(const std::vector<pb::Volume>& volumes);
/// `[{"volume": "data"}]` of rm and prune.
[[nodiscard]] std::string touched_volumes_json(const std::vector<std::string>& volumes);

} // namespace redoubt::ctl
