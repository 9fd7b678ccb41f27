// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/time_zone.hpp"

#include <algorithm>

#include "common/rego/builtins/calendar.hpp"

namespace redoubt::rego {
namespace {

constexpr std::size_t k_header_size = 44;
constexpr std::size_t k_most_changes = 1U << 16U;

/// Big-endian numbers out of a file.
std::int64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = (static_cast<unsigned char>(bytes[at]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < size; ++i) value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    return static_cast<std::int64_t>(value);
}

struct Header {
    std::size_t utc_marks = 0;
    std::size_t standard_marks = 0;
    std::size_t leaps = 0;
    std::size_t changes = 0;
    std::size_t kinds = 0;
    std::size_t letters = 0;
    char version = 0;

    /// Bytes after the header, with moments of `size` bytes.
    [[nodiscard]] std::size_t body(std::size_t size) const {
        return (changes * (size + 1)) + (kinds * 6) + letters + (leaps * (size + 4)) + standard_marks +
               utc_marks;
    }
};

std::optional<Header> header_of(std::string_view file) {
    if (file.size() < k_header_size || !file.starts_with("TZif")) return std::nullopt;
    Header header;
    header.version = file[4];
    std::size_t* const counts[] = {&header.utc_marks, &header.standard_marks, &header.leaps,
                                   &header.changes,   &header.kinds,          &header.letters};
    for (std::size_t i = 0; i < std::size(counts); ++i) {
        const std::int64_t count = number_at(file, 20 + (4 * i), 4);
        if (count < 0 || count > static_cast<std::int64_t>(k_most_changes)) return std::nullopt;
        *counts[i] = static_cast<std::size_t>(count);
    }
    return header;
}

/// When a change happens in a year, in seconds of the year by the wall clock.
std::int64_t seconds_of_change(const ZoneChange& change, std::int64_t year) {
    const std::int64_t start = days_from_civil({year, 1, 1});
    std::int64_t days = 0;
    if (change.kind == ZoneChange::Kind::julian) {
        days = change.day - 1 + (is_leap_year(year) && change.day >= 60 ? 1 : 0);
    } else if (change.kind == ZoneChange::Kind::day_of_year) {
        days = change.day;
    } else {
        const std::int64_t first = days_from_civil({year, change.month, 1});
        int day = (change.day - weekday_of(first) + 7) % 7;
        day += 7 * (change.week - 1);
        while (day >= days_in_month(year, change.month)) day -= 7;
        days = first - start + day;
    }
    return (days * k_seconds_per_day) + change.time;
}

/// The period of a rule that holds at a moment.
ZonePeriod period_of(const ZoneRule& rule, std::int64_t seconds) {
    if (!rule.summer) return rule.standard;
    // The years of standard time; periods cross them, so neighbours are looked at too.
    const std::int64_t year = civil_from_seconds(seconds + rule.standard.offset, 0).date.year;
    struct Change {
        std::int64_t at;
        bool to_summer;
    };
    std::vector<Change> changes;
    for (std::int64_t y = year - 1; y <= year + 1; ++y) {
        const std::int64_t start = days_from_civil({y, 1, 1}) * k_seconds_per_day;
        changes.push_back({start + seconds_of_change(rule.begins, y) - rule.standard.offset, true});
        changes.push_back({start + seconds_of_change(rule.ends, y) - rule.summer->offset, false});
    }
    std::ranges::sort(changes, {}, &Change::at);
    const auto next = std::ranges::upper_bound(changes, seconds, {}, &Change::at);
    if (next == changes.begin() || next == changes.end()) return rule.standard;
    ZonePeriod period = (next - 1)->to_summer ? *rule.summer : rule.standard;
    period.start = (next - 1)->at;
    period.end = next->at;
    return period;
}

} // namespace

std::optional<TimeZone> TimeZone::parse(std::string_view file) {
    auto header = header_of(file);
    if (!header) return std::nullopt;
    std::size_t moment_size = 4;
    if (header->version >= '2') {
        // The same again with longer moments.
        const std::size_t skip = k_header_size + header->body(4);
        if (skip > file.size()) return std::nullopt;
        file.remove_prefix(skip);
        header = header_of(file);
        if (!header) return std::nullopt;
        moment_size = 8;
    }
    const std::size_t end = k_header_size + header->body(moment_size);
    if (end > file.size()) return std::nullopt;
    const std::size_t kinds_at = k_header_size + (header->changes * (moment_size + 1));
    const std::size_t letters_at = kinds_at + (header->kinds * 6);
    const std::string_view letters = file.substr(letters_at, header->letters);
    TimeZone zone;
    for (std::size_t i = 0; i < header->kinds; ++i) {
        const std::size_t at = kinds_at + (i * 6);
        const auto name_at = static_cast<unsigned char>(file[at + 5]);
        if (name_at >= letters.size()) return std::nullopt;
        const std::string_view rest = letters.substr(name_at);
        zone.kinds_.push_back({static_cast<int>(number_at(file, at, 4)), file[at + 4] != 0,
                               std::string(rest.substr(0, rest.find('\0')))});
    }
    for (std::size_t i = 0; i < header->changes; ++i) {
        const auto kind =
            static_cast<std::uint8_t>(file[k_header_size + (header->changes * moment_size) + i]);
        if (kind >= zone.kinds_.size()) return std::nullopt;
        zone.changes_.push_back(number_at(file, k_header_size + (i * moment_size), moment_size));
        zone.kind_after_.push_back(kind);
    }
    if (!std::ranges::is_sorted(zone.changes_)) return std::nullopt;
    if (moment_size == 8 && end + 2 <= file.size() && file[end] == '\n') {
        const std::string_view footer = file.substr(end + 1);
        zone.rule_ = parse_zone_rule(footer.substr(0, footer.find('\n')));
    }
    return zone;
}

const TimeZone::Kind* TimeZone::first_kind() const {
    // The first that is not summer time, as RFC 9636 advises for times before the first change.
    const auto standard = std::ranges::find(kinds_, false, &Kind::summer);
    if (standard != kinds_.end()) return &*standard;
    return kinds_.empty() ? nullptr : kinds_.data();
}

ZonePeriod TimeZone::period_at(std::int64_t seconds) const {
    const auto next = std::ranges::upper_bound(changes_, seconds);
    if (next == changes_.end() && rule_) return ruled_period(seconds);
    ZonePeriod period;
    const Kind* kind = first_kind();
    if (next != changes_.begin()) {
        const auto index = static_cast<std::size_t>(next - changes_.begin()) - 1;
        period.start = changes_[index];
        kind = &kinds_[kind_after_[index]];
    }
    if (next != changes_.end()) period.end = *next;
    if (kind != nullptr) {
        period.offset = kind->offset;
        period.abbreviation = kind->abbreviation;
    }
    return period;
}

ZonePeriod TimeZone::ruled_period(std::int64_t seconds) const {
    ZonePeriod period = period_of(*rule_, seconds);
    if (!changes_.empty()) period.start = std::max(period.start, changes_.back());
    return period;
}

std::int64_t TimeZone::moment_of(std::int64_t local) const {
    const ZonePeriod guess = period_at(local);
    if (guess.offset == 0) return local;
    const std::int64_t moment = local - guess.offset;
    if (moment >= guess.start && moment < guess.end) return moment;
    return local - period_at(moment).offset;
}

} // namespace redoubt::rego
