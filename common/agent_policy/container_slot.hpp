// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A slot of a policy: what one container of the pod may be. For generate.cpp only.

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "common/agent_policy/generate.hpp"

namespace redoubt::agent_policy {

/// The container that keeps the pod's namespaces.
[[nodiscard]] Result<boost::json::object> make_sandbox_slot(const Workload& pod, const json::Node& settings);

[[nodiscard]] Result<boost::json::object> make_container_slot(const Workload& pod, const Container& container,
                                                              const ImageFacts& image,
                                                              const json::Node& settings,
                                                              std::vector<std::string>& warnings);

} // namespace redoubt::agent_policy
