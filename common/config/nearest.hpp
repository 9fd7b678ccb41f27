// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace redoubt::config {

/// How many letters must be added, dropped, changed or swapped with their neighbour to turn `a` into `b`.
/// Source: optimal string alignment distance.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `word` is most likely a misspelling of; nothing when none is near (more than a third
/// differs).
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

} // namespace redoubt::config
