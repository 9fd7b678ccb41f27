// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A folder of recorded requests: its pod, and the policy that is made of it.

#include <filesystem>
#include <string>
#include <vector>

#include "common/agent_policy/generate.hpp"
#include "common/agent_policy/replay/replay.hpp"

namespace redoubt::test {

/// Folders with a testcases.json below $REDOUBT_SHARED/conformance/kata-policy; empty: the data is not here.
[[nodiscard]] std::vector<std::filesystem::path> recorded_folders();

[[nodiscard]] Result<std::vector<agent_policy::RecordedRequest>>
recorded_requests(const std::filesystem::path& folder);

/// `revealed`: images whose configuration was read off a request, for lack of a file.
[[nodiscard]] Result<agent_policy::GeneratedPolicy>
policy_of(const std::filesystem::path& folder, const std::vector<agent_policy::RecordedRequest>& requests,
          std::vector<std::string>& revealed);

} // namespace redoubt::test
