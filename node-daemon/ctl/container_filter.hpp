// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// The containers that match every filter: name=PART, id=PREFIX, label=KEY[=VALUE], status=STATE,
/// ancestor=IMAGE. Of one key given twice, either may match, as with podman; labels must all match. Errors:
/// invalid_argument naming the filter.
[[nodiscard]] Result<std::vector<pb::ContainerSummary>>
filter_containers(const pb::ListContainersResponse& containers, const std::vector<std::string>& filters);

} // namespace redoubt::ctl
