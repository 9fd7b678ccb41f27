// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::config {

/// Sizes and durations as people write them in configuration files and on command lines.

/// Bytes from "268435456", "256MiB", "256M", "1.5g". Units are binary, in any case: b, k, m, g, t, each with
/// an optional "b" or "ib" behind. Errors: invalid_argument naming the text; out_of_range above 2^63-1.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

/// "256MiB": the largest unit that holds the size exactly, so that parse_size gives the same bytes back.
[[nodiscard]] std::string render_size(std::uint64_t bytes);

/// A duration from "30s", "500ms", "1h30m", "2m". A bare number has no unit and is refused.
/// Errors: invalid_argument naming the text; out_of_range above ten years.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "1h30m", "500ms"; parse_duration gives the same time back.
[[nodiscard]] std::string render_duration(std::chrono::milliseconds duration);

} // namespace redoubt::config
