// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/calendar.hpp"

namespace redoubt::rego {
namespace {

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
    return (value / by) - (value % by < 0 ? 1 : 0);
}

} // namespace

std::int64_t days_from_civil(const CivilDate& date) {
    const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
    const std::int64_t era = floor_divide(year, 400);
    const std::int64_t year_of_era = year - (era * 400);
    const std::int64_t month = (date.month + 9) % 12;
    const std::int64_t day_of_year = (((153 * month) + 2) / 5) + date.day - 1;
    const std::int64_t day_of_era =
        (year_of_era * 365) + (year_of_era / 4) - (year_of_era / 100) + day_of_year;
    return (era * 146'097) + day_of_era - 719'468;
}

CivilDate civil_from_days(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = floor_divide(days, 146'097);
    const std::int64_t day_of_era = days - (era * 146'097);
    const std::int64_t year_of_era =
        (day_of_era - (day_of_era / 1'460) + (day_of_era / 36'524) - (day_of_era / 146'096)) / 365;
    const std::int64_t day_of_year =
        day_of_era - ((365 * year_of_era) + (year_of_era / 4) - (year_of_era / 100));
    const std::int64_t month = ((5 * day_of_year) + 2) / 153;
    CivilDate date;
    date.day = static_cast<int>(day_of_year - (((153 * month) + 2) / 5) + 1);
    date.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
    date.year = year_of_era + (era * 400) + (date.month <= 2 ? 1 : 0);
    return date;
}

bool is_leap_year(std::int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap_year(year) ? 1 : 0);
}

int weekday_of(std::int64_t days) {
    const std::int64_t shifted = days + 4; // 1970-01-01 was a Thursday
    return static_cast<int>(shifted - (floor_divide(shifted, 7) * 7));
}

int day_of_year(const CivilDate& date) {
    return static_cast<int>(days_from_civil(date) - days_from_civil({date.year, 1, 1})) + 1;
}

std::int64_t seconds_from_civil(const CivilTime& time) {
    return (days_from_civil(time.date) * k_seconds_per_day) + (std::int64_t{time.hour} * 3'600) +
           (std::int64_t{time.minute} * 60) + time.second;
}

CivilTime civil_from_seconds(std::int64_t seconds, int nanosecond) {
    const std::int64_t days = floor_divide(seconds, k_seconds_per_day);
    const auto rest = static_cast<int>(seconds - (days * k_seconds_per_day));
    return {civil_from_days(days), rest / 3'600, rest / 60 % 60, rest % 60, nanosecond};
}

} // namespace redoubt::rego
