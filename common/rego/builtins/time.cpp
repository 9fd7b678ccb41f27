// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <map>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/builtins/time_layout.hpp"
#include "common/rego/builtins/time_zone.hpp"

// time.*: moments are nanoseconds since the epoch. Zones come from the host.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

constexpr std::int64_t k_second = 1'000'000'000;
constexpr std::string_view k_moment_words = "either number (ns) or [number (ns), string (tz)]";
constexpr std::string_view k_rfc3339_nano = "2006-01-02T15:04:05.999999999Z07:00";

/// The layouts that have names. Source: constants of Go's package time.
std::string_view named_layout(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> layouts[] = {
        {"ANSIC", "Mon Jan _2 15:04:05 2006"},          {"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
        {"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"}, {"RFC822", "02 Jan 06 15:04 MST"},
        {"RFC822Z", "02 Jan 06 15:04 -0700"},           {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
        {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},   {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
        {"RFC3339", "2006-01-02T15:04:05Z07:00"},       {"RFC3339Nano", k_rfc3339_nano},
    };
    for (const auto& [known, layout] : layouts) {
        if (known == name) return layout;
    }
    return name;
}

/// Zones by name, for as long as the thread evaluates.
struct ZoneCache {
    static constexpr std::size_t k_most = 64;
    std::map<std::string, TimeZone, std::less<>> zones;
};

Operanded<const TimeZone*> find_zone(BuiltinContext& context, std::string_view name) {
    ZoneCache& cache = context.lasting<ZoneCache>();
    const bool universal = name.empty() || name == "UTC" || name == "Local";
    if (const auto found = cache.zones.find(universal ? "UTC" : name); found != cache.zones.end())
        return &found->second;
    if (cache.zones.size() >= ZoneCache::k_most) cache.zones.clear();
    if (universal) return &cache.zones.emplace("UTC", TimeZone()).first->second;
    if (name.starts_with('/') || name.contains('\\') || name.contains("..") || name.contains('\0'))
        return builtin_error("time: invalid location name");
    const ZoneSource* source = context.environment.zones;
    std::optional<TimeZone> zone;
    if (source != nullptr && *source && name.size() <= 255) zone = TimeZone::parse((*source)(name));
    if (!zone) return builtin_error("unknown time zone " + std::string(name));
    return &cache.zones.emplace(name, std::move(*zone)).first->second;
}

/// A moment in a zone, with the layout to show it in.
struct Instant {
    std::int64_t ns = 0;
    const TimeZone* zone = nullptr;
    std::string_view layout;

    [[nodiscard]] std::int64_t seconds() const { return (ns / k_second) - (ns % k_second < 0 ? 1 : 0); }
    [[nodiscard]] ZonedTime zoned() const {
        const ZonePeriod period = zone->period_at(seconds());
        const auto nanosecond = static_cast<int>(ns - (seconds() * k_second));
        return {civil_from_seconds(seconds() + period.offset, nanosecond), period.offset,
                period.abbreviation};
    }
};

std::unexpected<BuiltinError> no_moment(const Value& value) {
    return operand_error(1, "must be " + std::string(k_moment_words) + " but got " +
                                std::string(name_of(value.kind())));
}

Operanded<std::string_view> text_item(const Value& list, std::size_t index) {
    if (index >= list.size()) return std::string_view();
    const Value& item = list.items()[index];
    if (!item.is_string()) return operand_error(1, item, {Kind::string});
    return item.as_string();
}

Operanded<Instant> read_instant(BuiltinContext& context, const Value& value) {
    Instant instant;
    Value number = value;
    std::string_view zone;
    if (value.is_array()) {
        if (value.size() == 0) return no_moment(value);
        number = value.items()[0];
        if (!number.is_number()) return operand_error(1, number, {Kind::number});
        RDT_TRY(zone, text_item(value, 1));
        RDT_TRY(instant.zone, find_zone(context, zone));
        RDT_TRY(instant.layout, text_item(value, 2));
    } else if (value.is_number()) {
        RDT_TRY(instant.zone, find_zone(context, {}));
    } else {
        return no_moment(value);
    }
    const auto ns = number.as_number().to_int64();
    if (!ns) return builtin_error("timestamp too big");
    instant.ns = *ns;
    return instant;
}

BuiltinResult nanoseconds(const Moment& moment) {
    // Seconds beyond these do not fit; at the edges the nanoseconds decide.
    constexpr std::int64_t limit = INT64_MAX / k_second;
    if (moment.seconds > limit || moment.seconds < -limit - 1)
        return builtin_error("time outside of valid range");
    const BigInt ns = (BigInt(moment.seconds) * k_second) + moment.nanosecond;
    if (ns > INT64_MAX || ns < INT64_MIN) return builtin_error("time outside of valid range");
    return Value::integer(static_cast<std::int64_t>(ns));
}

BuiltinResult now_ns(BuiltinContext& context, Operands /*operands*/) {
    return Value::integer(context.environment.now_ns);
}

BuiltinResult parsed(std::string_view layout, std::string_view text) {
    const auto moment = parse_time(layout, text);
    if (!moment) return builtin_error(moment.error());
    return nanoseconds(*moment);
}

BuiltinResult parse_ns(BuiltinContext& /*context*/, Operands operands) {
    return parsed(named_layout(operands[0].as_string()), operands[1].as_string());
}

BuiltinResult parse_rfc3339_ns(BuiltinContext& /*context*/, Operands operands) {
    return parsed(named_layout("RFC3339"), operands[0].as_string());
}

BuiltinResult parse_duration_ns(BuiltinContext& /*context*/, Operands operands) {
    const auto duration = parse_duration(operands[0].as_string());
    if (!duration) return builtin_error(duration.error());
    return Value::integer(*duration);
}

BuiltinResult format(BuiltinContext& context, Operands operands) {
    RDT_TRY(const Instant instant, read_instant(context, operands[0]));
    const std::string_view layout = instant.layout.empty() ? k_rfc3339_nano : named_layout(instant.layout);
    if (!context.charge(layout.size() * 16)) return memory_limit_error();
    return text_result(context, render_time(instant.zoned(), layout));
}

Value integers(BuiltinContext& context, std::initializer_list<std::int64_t> numbers) {
    ArrayBuilder list;
    for (const std::int64_t number : numbers) list.push(Value::integer(number));
    return list.build(context.arena());
}

BuiltinResult date(BuiltinContext& context, Operands operands) {
    RDT_TRY(const Instant instant, read_instant(context, operands[0]));
    const CivilDate day = instant.zoned().civil.date;
    return integers(context, {day.year, day.month, day.day});
}

BuiltinResult clock(BuiltinContext& context, Operands operands) {
    RDT_TRY(const Instant instant, read_instant(context, operands[0]));
    const CivilTime time = instant.zoned().civil;
    return integers(context, {time.hour, time.minute, time.second});
}

BuiltinResult weekday(BuiltinContext& context, Operands operands) {
    RDT_TRY(const Instant instant, read_instant(context, operands[0]));
    return make_string(context.arena(),
                       weekday_name(weekday_of(days_from_civil(instant.zoned().civil.date))));
}

BuiltinResult add_date(BuiltinContext& context, Operands operands) {
    RDT_TRY(const Instant instant, read_instant(context, operands[0]));
    RDT_TRY(const std::int64_t years, integer_operand(operands[1], 2));
    RDT_TRY(const std::int64_t months, integer_operand(operands[2], 3));
    RDT_TRY(const std::int64_t days, integer_operand(operands[3], 4));
    constexpr std::int64_t far = 1'000'000'000;
    for (const std::int64_t count : {years, months, days}) {
        if (count > far || count < -far) return builtin_error("time outside of valid range");
    }
    CivilTime time = instant.zoned().civil;
    // Months run over into years, days into months: 31st of a month of 30 days is the 1st of the next.
    const std::int64_t month = time.date.month - 1 + months;
    time.date.year += years + (month / 12) - (month % 12 < 0 ? 1 : 0);
    time.date.month = static_cast<int>(((month % 12) + 12) % 12) + 1;
    const std::int64_t day = days_from_civil({time.date.year, time.date.month, 1}) + time.date.day - 1 + days;
    time.date = civil_from_days(day);
    return nanoseconds({instant.zone->moment_of(seconds_from_civil(time)), time.nanosecond});
}

BuiltinResult diff(BuiltinContext& context, Operands operands) {
    RDT_TRY(Instant from, read_instant(context, operands[0]));
    RDT_TRY(Instant to, read_instant(context, operands[1]));
    // Zones may have left the cache while the second was read.
    RDT_TRY(from, read_instant(context, operands[0]));
    to.zone = from.zone;
    if (from.ns > to.ns) std::swap(from, to);
    const CivilTime a = from.zoned().civil;
    const CivilTime b = to.zoned().civil;
    std::int64_t year = b.date.year - a.date.year;
    int month = b.date.month - a.date.month;
    int day = b.date.day - a.date.day;
    int hour = b.hour - a.hour;
    int minute = b.minute - a.minute;
    int second = b.second - a.second;
    const auto borrow = [](int& part, int size, auto& next) {
        if (part >= 0) return;
        part += size;
        --next;
    };
    borrow(second, 60, minute);
    borrow(minute, 60, hour);
    borrow(hour, 24, day);
    borrow(day, days_in_month(a.date.year, a.date.month), month);
    borrow(month, 12, year);
    return integers(context, {year, month, day, hour, minute, second});
}

constexpr Operand k_text = one_of(Kind::string);
constexpr Operand k_number = one_of(Kind::number);
constexpr Operand k_moment = constants_of(Kind::number, Kind::array);

constexpr Builtin k_time[] = {
    {.name = "time.now_ns", .arity = 0, .nondeterministic = true, .function = now_ns},
    {.name = "time.parse_ns", .operands = {k_text, k_text}, .arity = 2, .function = parse_ns},
    {.name = "time.parse_rfc3339_ns", .operands = {k_text}, .arity = 1, .function = parse_rfc3339_ns},
    {.name = "time.parse_duration_ns", .operands = {k_text}, .arity = 1, .function = parse_duration_ns},
    {.name = "time.format", .operands = {k_moment}, .arity = 1, .function = format},
    {.name = "time.date", .operands = {k_moment}, .arity = 1, .function = date},
    {.name = "time.clock", .operands = {k_moment}, .arity = 1, .function = clock},
    {.name = "time.weekday", .operands = {k_moment}, .arity = 1, .function = weekday},
    {.name = "time.add_date",
     .operands = {k_moment, k_number, k_number, k_number},
     .arity = 4,
     .function = add_date},
    {.name = "time.diff", .operands = {k_moment, k_moment}, .arity = 2, .function = diff},
};

} // namespace

std::span<const Builtin> time_builtins() {
    return k_time;
}

} // namespace redoubt::rego
