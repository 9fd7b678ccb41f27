// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/agent_policy/generate.hpp"

namespace redoubt::ctl {

/// Image configurations from "NAME=FILE" words; a folder is an OCI layout with one image.
/// Errors: invalid_argument for a word without a name, errno's, and what is wrong in a file.
[[nodiscard]] Result<agent_policy::Images> load_policy_images(const std::vector<std::string>& words);

} // namespace redoubt::ctl
