// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node-daemon/ctl/client.hpp"
#include "node-daemon/ctl/time_text.hpp"

namespace redoubt::ctl {

/// Which containers a prune is about: those that do not run and match every filter (until=TIME,
/// label=KEY[=VALUE], label!=KEY[=VALUE]). Errors: invalid_argument naming the filter.
[[nodiscard]] Result<std::vector<pb::ContainerSummary>>
choose_prunable(const pb::ListContainersResponse& containers, const std::vector<std::string>& filters,
                UnixTime now);

/// Asks on the terminal; yes only when somebody says so. `text`: what will be lost.
[[nodiscard]] bool is_confirmed(std::string_view text);

} // namespace redoubt::ctl
