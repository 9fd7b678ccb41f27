// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the containers of a pod may have of their guest's workload API. For generate.cpp only.
/// Source: docs/formats/workload-api.md.

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {

/// Puts "workload_api" into each slot that an entry of settings.workload_api names; a slot that none names
/// has no such member, and no right. Warns of entries for no container of the pod, and of containers that
/// could listen to what others fetch. Errors: invalid_argument naming the place in the settings.
[[nodiscard]] Status add_workload_rights(const json::Node& settings, boost::json::array& slots,
                                         std::vector<std::string>& warnings);

} // namespace redoubt::agent_policy
