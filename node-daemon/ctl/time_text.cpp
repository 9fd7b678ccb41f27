// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/time_text.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <sstream>

#include "common/config/quantity.hpp"

namespace redoubt::ctl {
namespace {

using std::chrono::nanoseconds;
constexpr std::int64_t k_second = 1'000'000'000;
constexpr std::int64_t k_day = 24; // hours

std::optional<UnixTime> parse_calendar(const std::string& text) {
    for (const auto* format : {"%FT%T%Ez", "%FT%TZ", "%FT%T", "%F"}) {
        std::istringstream in(text);
        std::chrono::sys_time<nanoseconds> time;
        in >> std::chrono::parse(format, time);
        if (!in.fail() && in.peek() == std::istringstream::traits_type::eof())
            return time.time_since_epoch().count();
    }
    return std::nullopt;
}

std::optional<UnixTime> parse_seconds(std::string_view text) {
    double seconds = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    constexpr double k_latest = 9e9; // the year 2255; beyond 9.2e9 the nanoseconds overflow
    if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0) || seconds > k_latest) {
        return std::nullopt;
    }
    return static_cast<UnixTime>(std::llround(seconds * static_cast<double>(k_second)));
}

} // namespace

UnixTime unix_now() {
    return std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string render_rough_duration(std::int64_t duration) {
    const std::int64_t seconds = duration / k_second;
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = (minutes + 30) / 60;
    if (seconds < 1) return "Less than a second";
    if (seconds == 1) return "1 second";
    if (seconds < 60) return std::format("{} seconds", seconds);
    if (minutes == 1) return "About a minute";
    if (minutes < 60) return std::format("{} minutes", minutes);
    if (hours == 1) return "About an hour";
    if (hours < 48) return std::format("{} hours", hours);
    if (hours < k_day * 7 * 2) return std::format("{} days", hours / k_day);
    if (hours < k_day * 30 * 2) return std::format("{} weeks", hours / k_day / 7);
    if (hours < k_day * 365 * 2) return std::format("{} months", hours / k_day / 30);
    return std::format("{} years", hours / k_day / 365);
}

std::string render_time(UnixTime time) {
    if (time == 0) return "";
    return std::format("{:%FT%TZ}", std::chrono::sys_time<nanoseconds>(nanoseconds(time)));
}

Result<UnixTime> parse_moment(std::string_view text, UnixTime now) {
    if (const auto duration = config::parse_duration(text)) return now - nanoseconds(*duration).count();
    if (const auto time = parse_calendar(std::string(text))) return *time;
    if (const auto time = parse_seconds(text)) return *time;
    return fail(Code::invalid_argument, "'{}' is not a time such as 10m, 2026-01-31T08:00:00Z or 1767168000",
                text);
}

} // namespace redoubt::ctl
