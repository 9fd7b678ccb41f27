// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

namespace redoubt::agent_policy {

/// The rules every generated policy begins with: rules/*.rego of this folder.
[[nodiscard]] std::string_view rules_text();

} // namespace redoubt::agent_policy
