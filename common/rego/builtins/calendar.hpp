// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The proleptic Gregorian calendar over plain numbers; years may be far out. Source: the usual arithmetic of
/// days since a March 1st (H. Hinnant, "chrono-compatible low-level date algorithms").

#include <cstdint>

namespace redoubt::rego {

inline constexpr std::int64_t k_seconds_per_day = 86'400;

struct CivilDate {
    std::int64_t year = 1970;
    int month = 1; ///< from 1
    int day = 1;   ///< from 1
};

/// A moment as a clock on a wall shows it.
struct CivilTime {
    CivilDate date;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int nanosecond = 0;
};

[[nodiscard]] std::int64_t days_from_civil(const CivilDate& date);
[[nodiscard]] CivilDate civil_from_days(std::int64_t days);
[[nodiscard]] bool is_leap_year(std::int64_t year);
[[nodiscard]] int days_in_month(std::int64_t year, int month);
/// 0 is Sunday.
[[nodiscard]] int weekday_of(std::int64_t days);
/// From 1.
[[nodiscard]] int day_of_year(const CivilDate& date);
[[nodiscard]] std::int64_t seconds_from_civil(const CivilTime& time);
[[nodiscard]] CivilTime civil_from_seconds(std::int64_t seconds, int nanosecond);

} // namespace redoubt::rego
