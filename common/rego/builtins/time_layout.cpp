// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/time_layout.hpp"

#include <cstdlib>
#include <span>

// Fields are handled in groups, each switch knowing its own.
#pragma GCC diagnostic ignored "-Wswitch-enum"

namespace redoubt::rego {
namespace {

using F = LayoutField;

struct Spelling {
    std::string_view text;
    LayoutField field;
    bool not_before_lower = false; ///< "Jan" in "Janet" is no month
};

// Longer spellings first.
constexpr Spelling k_spellings[] = {
    {"January", F::long_month},
    {"Jan", F::month, true},
    {"Monday", F::long_weekday},
    {"Mon", F::weekday, true},
    {"MST", F::zone_name},
    {"002", F::zero_year_day},
    {"01", F::zero_month},
    {"02", F::zero_day},
    {"03", F::zero_hour12},
    {"04", F::zero_minute},
    {"05", F::zero_second},
    {"06", F::year},
    {"15", F::hour},
    {"1", F::number_month},
    {"2006", F::long_year},
    {"2", F::day},
    {"__2", F::under_year_day},
    {"_2", F::under_day},
    {"3", F::hour12},
    {"4", F::minute},
    {"5", F::second},
    {"PM", F::upper_pm},
    {"pm", F::lower_pm},
    {"-070000", F::seconds_zone},
    {"-07:00:00", F::colon_seconds_zone},
    {"-0700", F::zone},
    {"-07:00", F::colon_zone},
    {"-07", F::short_zone},
    {"Z070000", F::iso_seconds_zone},
    {"Z07:00:00", F::iso_colon_seconds_zone},
    {"Z0700", F::iso_zone},
    {"Z07:00", F::iso_colon_zone},
    {"Z07", F::iso_short_zone},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// A fraction's text at the start of `rest`: a point or comma and only zeros or only nines.
std::size_t fraction_size(std::string_view rest) {
    if (rest.size() < 2 || (rest[0] != '.' && rest[0] != ',') || (rest[1] != '0' && rest[1] != '9')) return 0;
    std::size_t end = 2;
    while (end < rest.size() && rest[end] == rest[1]) ++end;
    return end < rest.size() && is_digit(rest[end]) ? 0 : end;
}

void append_number(std::string& out, std::int64_t value, std::size_t width, char fill = '0') {
    if (value < 0) out += '-';
    const std::string digits = std::to_string(std::abs(value));
    if (digits.size() < width) out.append(width - digits.size(), fill);
    out += digits;
}

void append_fraction(std::string& out, const LayoutChunk& chunk, int nanosecond) {
    std::string digits = std::to_string(1'000'000'000 + nanosecond).substr(1);
    digits.resize(static_cast<std::size_t>(std::min(chunk.digits, 9)));
    if (chunk.field == F::fraction_nines) {
        while (!digits.empty() && digits.back() == '0') digits.pop_back();
        if (digits.empty()) return;
    }
    out += chunk.text[0];
    out += digits;
    if (chunk.field == F::fraction_zeros && chunk.digits > 9)
        out.append(static_cast<std::size_t>(chunk.digits - 9), '0');
}

void append_offset(std::string& out, F field, int offset) {
    const bool iso = field >= F::iso_zone && field <= F::iso_colon_seconds_zone;
    if (iso && offset == 0) {
        out += 'Z';
        return;
    }
    out += offset < 0 ? '-' : '+';
    const int size = std::abs(offset);
    append_number(out, size / 3'600, 2);
    const bool colon = field == F::iso_colon_zone || field == F::colon_zone ||
                       field == F::iso_colon_seconds_zone || field == F::colon_seconds_zone;
    if (field == F::short_zone || field == F::iso_short_zone) return;
    if (colon) out += ':';
    append_number(out, size / 60 % 60, 2);
    const bool seconds = field == F::seconds_zone || field == F::iso_seconds_zone ||
                         field == F::colon_seconds_zone || field == F::iso_colon_seconds_zone;
    if (!seconds) return;
    if (colon) out += ':';
    append_number(out, size % 60, 2);
}

void append_zone_name(std::string& out, const ZonedTime& time) {
    if (time.abbreviation.empty()) return append_offset(out, F::zone, time.offset);
    out += time.abbreviation;
}

/// Fields of the date; false: not one of them.
bool append_date_field(std::string& out, F field, const CivilDate& date) {
    const auto weekday = [&] { return weekday_name(weekday_of(days_from_civil(date))); };
    switch (field) {
    case F::year: append_number(out, std::abs(date.year) % 100, 2); return true;
    case F::long_year: append_number(out, date.year, 4); return true;
    case F::month: out += month_name(date.month).substr(0, 3); return true;
    case F::long_month: out += month_name(date.month); return true;
    case F::number_month: append_number(out, date.month, 0); return true;
    case F::zero_month: append_number(out, date.month, 2); return true;
    case F::weekday: out += weekday().substr(0, 3); return true;
    case F::long_weekday: out += weekday(); return true;
    case F::day: append_number(out, date.day, 0); return true;
    case F::under_day: append_number(out, date.day, 2, ' '); return true;
    case F::zero_day: append_number(out, date.day, 2); return true;
    case F::under_year_day: append_number(out, day_of_year(date), 3, ' '); return true;
    case F::zero_year_day: append_number(out, day_of_year(date), 3); return true;
    default: return false;
    }
}

void append_clock_field(std::string& out, F field, const CivilTime& time) {
    const int hour12 = time.hour % 12 == 0 ? 12 : time.hour % 12;
    switch (field) {
    case F::hour: return append_number(out, time.hour, 2);
    case F::hour12: return append_number(out, hour12, 0);
    case F::zero_hour12: return append_number(out, hour12, 2);
    case F::minute: return append_number(out, time.minute, 0);
    case F::zero_minute: return append_number(out, time.minute, 2);
    case F::second: return append_number(out, time.second, 0);
    case F::zero_second: return append_number(out, time.second, 2);
    case F::upper_pm: out += time.hour >= 12 ? "PM" : "AM"; return;
    case F::lower_pm: out += time.hour >= 12 ? "pm" : "am"; return;
    default: return;
    }
}

void append_field(std::string& out, const LayoutChunk& chunk, const ZonedTime& time) {
    if (chunk.field == F::fraction_zeros || chunk.field == F::fraction_nines)
        return append_fraction(out, chunk, time.civil.nanosecond);
    if (chunk.field == F::zone_name) return append_zone_name(out, time);
    if (chunk.field >= F::iso_zone && chunk.field <= F::colon_seconds_zone)
        return append_offset(out, chunk.field, time.offset);
    if (!append_date_field(out, chunk.field, time.civil.date))
        append_clock_field(out, chunk.field, time.civil);
}

} // namespace

LayoutChunk next_layout_chunk(std::string_view layout) {
    for (std::size_t at = 0; at < layout.size(); ++at) {
        const std::string_view rest = layout.substr(at);
        const auto chunk = [&](std::size_t size, F field, int digits) {
            return LayoutChunk{layout.substr(0, at), rest.substr(0, size), rest.substr(size), field, digits};
        };
        if (const std::size_t size = fraction_size(rest); size > 0)
            return chunk(size, rest[1] == '0' ? F::fraction_zeros : F::fraction_nines,
                         static_cast<int>(size) - 1);
        // In "_2006" the year counts.
        if (rest.starts_with("_2006")) continue;
        for (const Spelling& spelling : k_spellings) {
            if (!rest.starts_with(spelling.text)) continue;
            const std::size_t size = spelling.text.size();
            const bool lower = rest.size() > size && rest[size] >= 'a' && rest[size] <= 'z';
            if (spelling.not_before_lower && lower) continue;
            return chunk(size, spelling.field, 0);
        }
    }
    return {.before = layout, .text = {}, .after = {}};
}

std::string render_time(const ZonedTime& time, std::string_view layout) {
    std::string out;
    while (!layout.empty()) {
        const LayoutChunk chunk = next_layout_chunk(layout);
        out += chunk.before;
        if (chunk.field == F::none) break;
        append_field(out, chunk, time);
        layout = chunk.after;
    }
    return out;
}

std::string_view month_name(int month) {
    constexpr std::string_view names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
    return names[month - 1];
}

std::string_view weekday_name(int weekday) {
    constexpr std::string_view names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                          "Thursday", "Friday", "Saturday"};
    return names[weekday];
}

} // namespace redoubt::rego
