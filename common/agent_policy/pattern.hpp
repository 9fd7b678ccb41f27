// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Regular expressions of policies: RE2's syntax.

#include <string>
#include <string_view>

namespace redoubt::agent_policy {

/// An expression that only matches the text itself. '$(' never is in it, so nothing is filled in there.
[[nodiscard]] std::string quote_pattern(std::string_view text);
/// "^...$".
[[nodiscard]] std::string anchored(std::string_view expression);

} // namespace redoubt::agent_policy
