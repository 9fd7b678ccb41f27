// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The policy of a pod: rules, and what they compare with. Pure: the same inputs make the same bytes.
///
///     RDT_TRY(auto settings, read_settings(""));
///     RDT_TRY(auto policy, generate_policy(workload, images, settings.root()));
///     // policy.text: Rego, "package agent_policy ... policy_data := {...}"
///
/// docs/formats/policy.md

#include <map>
#include <string>
#include <vector>

#include "common/agent_policy/image_facts.hpp"
#include "common/agent_policy/workload.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {

/// By the words a pod calls them.
using Images = std::map<std::string, ImageFacts>;

struct GeneratedPolicy {
    std::string text;                  ///< Rego
    std::string data;                  ///< policy_data alone, as JSON
    std::vector<std::string> warnings; ///< what the author should know
};

/// `settings`: of read_settings(). Errors: invalid_argument that names container and field, not_found for an
/// image that is not in `images`.
[[nodiscard]] Result<GeneratedPolicy> generate_policy(const Workload& workload, const Images& images,
                                                      const json::Node& settings);

} // namespace redoubt::agent_policy
