// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Time zones from the files of the tz database. Source: RFC 9636 (TZif) and POSIX.1-2024, TZ.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::rego {

/// What holds in a zone at some moment.
struct ZonePeriod {
    std::int64_t start = INT64_MIN; ///< seconds since the epoch; the first moment of it
    std::int64_t end = INT64_MAX;   ///< the first after it
    int offset = 0;                 ///< seconds east of Greenwich
    std::string abbreviation = "UTC";
};

/// Where a rule of a TZ string says that summer begins or ends.
struct ZoneChange {
    enum class Kind : std::uint8_t { julian, day_of_year, month_week_day };
    Kind kind = Kind::month_week_day;
    int day = 0;
    int week = 0;
    int month = 0;
    int time = 7'200;
};

/// "EST5EDT,M3.2.0,M11.1.0".
struct ZoneRule {
    ZonePeriod standard;
    std::optional<ZonePeriod> summer;
    ZoneChange begins;
    ZoneChange ends;
};

class TimeZone {
  public:
    /// UTC.
    TimeZone() = default;
    /// Reads a TZif file; nothing when it is not one.
    [[nodiscard]] static std::optional<TimeZone> parse(std::string_view file);
    [[nodiscard]] ZonePeriod period_at(std::int64_t seconds) const;
    /// The moment at which the wall clock shows `local` seconds (as if it were UTC); of two such moments, or
    /// of none, Go's choice.
    [[nodiscard]] std::int64_t moment_of(std::int64_t local) const;

  private:
    struct Kind {
        int offset = 0;
        bool summer = false;
        std::string abbreviation;
    };
    [[nodiscard]] ZonePeriod ruled_period(std::int64_t seconds) const;
    [[nodiscard]] const Kind* first_kind() const;

    std::vector<std::int64_t> changes_;
    std::vector<std::uint8_t> kind_after_;
    std::vector<Kind> kinds_;
    std::optional<ZoneRule> rule_;
};

/// Reads a TZ string as it stands at the end of a TZif file.
[[nodiscard]] std::optional<ZoneRule> parse_zone_rule(std::string_view text);

} // namespace redoubt::rego
