// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// Times are nanoseconds since the Unix epoch.
using UnixTime = std::int64_t;

[[nodiscard]] UnixTime unix_now();

/// A length of time as people say it, podman's words: "Less than a second", "5 seconds", "About a minute", "3
/// hours".
[[nodiscard]] std::string render_rough_duration(std::int64_t nanoseconds);

/// "2026-01-31T08:00:00.123456789Z"; empty for 0.
[[nodiscard]] std::string render_time(UnixTime time);

/// A moment from "10m" (before `now`), "2026-01-31T08:00:00Z", "2026-01-31T08:00:00", "2026-01-31" (UTC) or
/// "1767168000.5". Errors: invalid_argument naming the text.
[[nodiscard]] Result<UnixTime> parse_moment(std::string_view text, UnixTime now);

} // namespace redoubt::ctl
