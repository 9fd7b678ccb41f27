// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Go's reference layouts: a time is described by how Mon Jan 2 15:04:05 MST 2006 would look.
/// Source: the documentation of Go's package time.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "common/rego/builtins/calendar.hpp"

namespace redoubt::rego {

/// What a piece of a layout stands for.
enum class LayoutField : std::uint8_t {
    none,
    long_month,
    month,
    number_month,
    zero_month,
    long_weekday,
    weekday,
    day,
    under_day,
    zero_day,
    under_year_day,
    zero_year_day,
    hour,
    hour12,
    zero_hour12,
    minute,
    zero_minute,
    second,
    zero_second,
    long_year,
    year,
    upper_pm,
    lower_pm,
    zone_name,
    iso_zone,               ///< Z0700
    iso_seconds_zone,       ///< Z070000
    iso_short_zone,         ///< Z07
    iso_colon_zone,         ///< Z07:00
    iso_colon_seconds_zone, ///< Z07:00:00
    zone,
    seconds_zone,
    short_zone,
    colon_zone,
    colon_seconds_zone,
    fraction_zeros, ///< .000
    fraction_nines, ///< .999
};

/// The next field of a layout with what stands before and after it.
struct LayoutChunk {
    std::string_view before;
    std::string_view text;
    std::string_view after;
    LayoutField field = LayoutField::none;
    int digits = 0; ///< of a fraction
};

[[nodiscard]] LayoutChunk next_layout_chunk(std::string_view layout);

/// A moment in some zone.
struct ZonedTime {
    CivilTime civil;
    int offset = 0; ///< seconds east of Greenwich
    std::string abbreviation = "UTC";
};

[[nodiscard]] std::string render_time(const ZonedTime& time, std::string_view layout);

/// A moment: seconds since the epoch and nanoseconds.
struct Moment {
    std::int64_t seconds = 0;
    int nanosecond = 0;
};

/// Errors: in Go's words, `parsing time "x" as "2006": cannot parse "x" as "2006"`.
[[nodiscard]] std::expected<Moment, std::string> parse_time(std::string_view layout, std::string_view value);
/// "1h30m", also d (24h), w and y (365 days), in nanoseconds. Errors: Go's words.
[[nodiscard]] std::expected<std::int64_t, std::string> parse_duration(std::string_view text);

/// Names of months and days, in full; the short ones are the first three letters.
[[nodiscard]] std::string_view month_name(int month);
[[nodiscard]] std::string_view weekday_name(int weekday);

} // namespace redoubt::rego
