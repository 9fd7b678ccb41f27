// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "common/rego/builtins/time_layout.hpp"
#include "common/rego/value/utf8.hpp"

// Reading times and durations. Source: the documentation and observed behaviour of Go's package time.

// Fields are handled in groups, each switch knowing its own.
#pragma GCC diagnostic ignored "-Wswitch-enum"

namespace redoubt::rego {
namespace {

using F = LayoutField;

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

/// As Go's package time quotes what it could not read.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80 || byte < 0x20) {
            out += "\\x";
            out += "0123456789abcdef"[byte >> 4U];
            out += "0123456789abcdef"[byte & 0xFU];
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

bool equal_letters(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        return lower(x) == lower(y);
    });
}

std::string_view without_spaces(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text;
}

/// How long a time zone's abbreviation at the start is; 0: there is none.
std::size_t signed_offset_size(std::string_view text) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return 0;
    std::size_t end = 1;
    int hours = 0;
    for (; is_digit(text, end) && end < 8; ++end) hours = (hours * 10) + (text[end] - '0');
    return end == 1 || hours > 23 || is_digit(text, end) ? 0 : end;
}

std::size_t zone_name_size(std::string_view text) {
    if (text.size() < 3) return 0;
    if (text.starts_with("ChST") || text.starts_with("MeST")) return 4;
    if (text.starts_with("GMT")) return 3 + signed_offset_size(text.substr(3));
    if (text[0] == '+' || text[0] == '-') return signed_offset_size(text);
    std::size_t upper = 0;
    while (upper < 6 && upper < text.size() && text[upper] >= 'A' && text[upper] <= 'Z') ++upper;
    if (upper == 3) return 3;
    if (upper == 4) return text[3] == 'T' || text.starts_with("WITA") ? 4 : 0;
    return upper == 5 && text[4] == 'T' ? 5 : 0;
}

/// Reads a value field by field.
class TimeParser {
  public:
    TimeParser(std::string_view layout, std::string_view value)
        : whole_layout_(layout), whole_value_(value), rest_(value) {}

    std::expected<Moment, std::string> run() {
        std::string_view layout = whole_layout_;
        while (true) {
            const LayoutChunk chunk = next_layout_chunk(layout);
            if (auto fault = skip(chunk.before)) return std::unexpected(*fault);
            if (chunk.field == F::none) break;
            layout = chunk.after;
            const std::string_view held = rest_;
            const bool read = field(chunk, layout);
            if (!out_of_range_.empty()) return wrong(": " + out_of_range_ + " out of range");
            if (!read) return std::unexpected(cannot(held, chunk.text));
        }
        if (!rest_.empty()) return wrong(": extra text: " + quoted(rest_));
        return finish();
    }

  private:
    [[nodiscard]] std::unexpected<std::string> wrong(const std::string& what) const {
        return std::unexpected("parsing time " + quoted(whole_value_) + what);
    }
    [[nodiscard]] std::string cannot(std::string_view value, std::string_view as) const {
        return "parsing time " + quoted(whole_value_) + " as " + quoted(whole_layout_) + ": cannot parse " +
               quoted(value) + " as " + quoted(as);
    }

    /// Literal text between fields; runs of spaces fit runs of spaces.
    std::optional<std::string> skip(std::string_view text) {
        const std::string_view all = text;
        while (!text.empty()) {
            if (text[0] == ' ') {
                if (!rest_.empty() && rest_[0] != ' ') return cannot(rest_, all);
                text = without_spaces(text);
                rest_ = without_spaces(rest_);
                continue;
            }
            if (rest_.empty() || rest_[0] != text[0]) return cannot(rest_, all);
            text.remove_prefix(1);
            rest_.remove_prefix(1);
        }
        return std::nullopt;
    }

    std::string_view take(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    /// One or two digits; two when `fixed`.
    bool number(int& value, bool fixed) {
        if (!is_digit(rest_, 0)) return false;
        if (!is_digit(rest_, 1)) {
            if (fixed) return false;
            value = take(1)[0] - '0';
            return true;
        }
        const std::string_view digits = take(2);
        value = ((digits[0] - '0') * 10) + (digits[1] - '0');
        return true;
    }

    bool three_digits(int& value, bool fixed) {
        std::size_t size = 0;
        while (size < 3 && is_digit(rest_, size)) ++size;
        if (size == 0 || (fixed && size != 3)) return false;
        value = std::atoi(std::string(take(size)).c_str()); // NOLINT
        return true;
    }

    bool ranged(int& value, bool fixed, int least, int most, std::string_view what) {
        if (!number(value, fixed)) return false;
        if (value < least || value > most) out_of_range_ = what;
        return true;
    }

    template <class Names>
    bool name(int& index, int first, int last, Names names, bool is_short) {
        for (int i = first; i <= last; ++i) {
            const std::string_view name = is_short ? names(i).substr(0, 3) : names(i);
            if (rest_.size() < name.size() || !equal_letters(rest_.substr(0, name.size()), name)) continue;
            rest_.remove_prefix(name.size());
            index = i;
            return true;
        }
        return false;
    }

    bool field(const LayoutChunk& chunk, std::string_view following) {
        int ignored = 0;
        switch (chunk.field) {
        case F::year: return short_year();
        case F::long_year: return long_year();
        case F::month:
        case F::long_month: return name(month_, 1, 12, month_name, chunk.field == F::month);
        case F::number_month:
        case F::zero_month: return ranged(month_, chunk.field == F::zero_month, 1, 12, "month");
        case F::weekday:
        case F::long_weekday: return name(ignored, 0, 6, weekday_name, chunk.field == F::weekday);
        case F::day:
        case F::under_day:
        case F::zero_day:
            if (chunk.field == F::under_day && rest_.starts_with(' ')) take(1);
            return number(day_, chunk.field == F::zero_day);
        case F::under_year_day:
        case F::zero_year_day:
            for (int i = 0; i < 2 && chunk.field == F::under_year_day && rest_.starts_with(' '); ++i) take(1);
            return three_digits(year_day_, chunk.field == F::zero_year_day);
        default: return clock_field(chunk, following);
        }
    }

    bool clock_field(const LayoutChunk& chunk, std::string_view following) {
        switch (chunk.field) {
        case F::hour: return ranged(hour_, false, 0, 23, "hour");
        case F::hour12:
        case F::zero_hour12: return ranged(hour_, chunk.field == F::zero_hour12, 0, 12, "hour");
        case F::minute:
        case F::zero_minute: return ranged(minute_, chunk.field == F::zero_minute, 0, 59, "minute");
        case F::second:
        case F::zero_second: return second(chunk.field == F::zero_second, following);
        case F::upper_pm: return half_day("AM", "PM");
        case F::lower_pm: return half_day("am", "pm");
        case F::zone_name: return zone_name();
        case F::fraction_zeros: {
            const auto size = static_cast<std::size_t>(chunk.digits) + 1;
            return rest_.size() >= size && fraction(size);
        }
        case F::fraction_nines: {
            if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || !is_digit(rest_, 1)) return true;
            std::size_t size = 1;
            while (is_digit(rest_, size)) ++size;
            return fraction(size);
        }
        default: return offset(chunk.field);
        }
    }

    bool short_year() {
        if (rest_.size() < 2 || !is_digit(rest_, 0) || !is_digit(rest_, 1)) return false;
        int digits = 0;
        (void)number(digits, true);
        year_ = digits + (digits >= 69 ? 1'900 : 2'000);
        return true;
    }

    bool long_year() {
        if (rest_.size() < 4) return false;
        for (std::size_t i = 0; i < 4; ++i) {
            if (!is_digit(rest_, i)) return false;
        }
        year_ = std::atoi(std::string(take(4)).c_str()); // NOLINT
        return true;
    }

    bool second(bool fixed, std::string_view following) {
        if (!ranged(second_, fixed, 0, 59, "second")) return false;
        if (!out_of_range_.empty()) return true;
        // A fraction may follow though the layout has none.
        if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || !is_digit(rest_, 1)) return true;
        const F next = next_layout_chunk(following).field;
        if (next == F::fraction_zeros || next == F::fraction_nines) return true;
        std::size_t size = 2;
        while (is_digit(rest_, size)) ++size;
        return fraction(size);
    }

    bool fraction(std::size_t size) {
        if (rest_[0] != '.' && rest_[0] != ',') return false;
        const std::string_view digits = take(size).substr(1);
        int value = 0;
        for (std::size_t i = 0; i < 9; ++i) {
            if (i < digits.size() && !is_digit(digits, i)) return false;
            value = (value * 10) + (i < digits.size() ? digits[i] - '0' : 0);
        }
        nanosecond_ = value;
        return true;
    }

    bool half_day(std::string_view morning, std::string_view evening) {
        if (rest_.size() < 2) return false;
        const std::string_view text = take(2);
        is_morning_ = text == morning;
        is_evening_ = text == evening;
        return is_morning_ || is_evening_;
    }

    bool zone_name() {
        if (rest_.starts_with("UTC")) {
            take(3);
            is_utc_ = true;
            return true;
        }
        const std::size_t size = zone_name_size(rest_);
        if (size == 0) return false;
        take(size);
        // Only UTC is known by name: the moment is read as UTC.
        is_utc_ = true;
        return true;
    }

    bool offset(F kind) {
        const bool iso = kind >= F::iso_zone && kind <= F::iso_colon_seconds_zone;
        if (iso && rest_.starts_with('Z')) {
            take(1);
            is_utc_ = true;
            return true;
        }
        std::string_view shape = "+hhmm";
        if (kind == F::iso_colon_zone || kind == F::colon_zone) shape = "+hh:mm";
        if (kind == F::iso_short_zone || kind == F::short_zone) shape = "+hh";
        if (kind == F::iso_colon_seconds_zone || kind == F::colon_seconds_zone) shape = "+hh:mm:ss";
        if (kind == F::iso_seconds_zone || kind == F::seconds_zone) shape = "+hhmmss";
        if (rest_.size() < shape.size()) return false;
        const std::string_view text = take(shape.size());
        int parts[3] = {};
        std::size_t count = 0;
        for (std::size_t i = 1; i < shape.size(); ++i) {
            if (shape[i] == ':') {
                if (text[i] != ':') return false;
                continue;
            }
            if (!is_digit(text, i)) return false;
            parts[count / 2] = (parts[count / 2] * 10) + (text[i] - '0');
            ++count;
        }
        if (parts[0] > 24) out_of_range_ = "time zone offset hour";
        if (parts[1] > 60) out_of_range_ = "time zone offset minute";
        if (parts[2] > 60) out_of_range_ = "time zone offset second";
        offset_ = (parts[0] * 3'600) + (parts[1] * 60) + parts[2];
        if (text[0] == '-') offset_ = -*offset_;
        return text[0] == '+' || text[0] == '-';
    }

    /// Turns a day of the year into month and day; gives what is wrong, or nothing.
    std::string settle_year_day() {
        const int days = is_leap_year(year_) ? 366 : 365;
        if (year_day_ < 1 || year_day_ > days) return ": day-of-year out of range";
        const CivilDate date = civil_from_days(days_from_civil({year_, 1, 1}) + year_day_ - 1);
        if (month_ >= 0 && month_ != date.month) return ": day-of-year does not match month";
        if (day_ >= 0 && day_ != date.day) return ": day-of-year does not match day";
        month_ = date.month;
        day_ = date.day;
        return {};
    }

    std::expected<Moment, std::string> finish() {
        if (is_evening_ && hour_ < 12) hour_ += 12;
        if (is_morning_ && hour_ == 12) hour_ = 0;
        if (year_day_ >= 0) {
            if (const std::string fault = settle_year_day(); !fault.empty()) return wrong(fault);
        }
        if (month_ < 0) month_ = 1;
        if (day_ < 0) day_ = 1;
        if (day_ < 1 || day_ > days_in_month(year_, month_)) return wrong(": day out of range");
        const std::int64_t local = seconds_from_civil({{year_, month_, day_}, hour_, minute_, second_, 0});
        return Moment{local - (is_utc_ ? 0 : offset_.value_or(0)), nanosecond_};
    }

    std::string_view whole_layout_;
    std::string_view whole_value_;
    std::string_view rest_;
    std::string out_of_range_;
    int year_ = 0;
    int month_ = -1;
    int day_ = -1;
    int year_day_ = -1;
    int hour_ = 0;
    int minute_ = 0;
    int second_ = 0;
    int nanosecond_ = 0;
    bool is_morning_ = false;
    bool is_evening_ = false;
    bool is_utc_ = false;
    std::optional<int> offset_;
};

/// Nanoseconds of a unit; 0: unknown.
std::uint64_t unit_size(std::string_view unit) {
    constexpr std::uint64_t second = 1'000'000'000;
    struct Unit {
        std::string_view name;
        std::uint64_t size;
    };
    constexpr Unit units[] = {
        {"ns", 1},
        {"us", 1'000},
        {"\u00b5s", 1'000},
        {"\u03bcs", 1'000},
        {"ms", 1'000'000},
        {"s", second},
        {"m", 60 * second},
        {"h", 3'600 * second},
        {"d", 86'400 * second},
        {"w", 604'800 * second},
        {"y", 31'536'000 * second},
    };
    const auto found = std::ranges::find(units, unit, &Unit::name);
    return found == std::end(units) ? 0 : found->size;
}

/// A number with a fraction, as a duration has it.
struct Amount {
    std::uint64_t whole = 0;
    std::uint64_t fraction = 0;
    double scale = 1;
};

constexpr std::uint64_t k_most = std::uint64_t{1} << 63U;

/// Takes digits off the front; false: none, or too many for the whole part.
bool take_amount(std::string_view& text, Amount& amount) {
    bool any = false;
    for (; is_digit(text, 0); text.remove_prefix(1), any = true) {
        if (amount.whole > k_most / 10) return false;
        amount.whole = (amount.whole * 10) + static_cast<std::uint64_t>(text[0] - '0');
        if (amount.whole > k_most) return false;
    }
    if (!text.starts_with('.')) return any;
    text.remove_prefix(1);
    bool full = false;
    for (; is_digit(text, 0); text.remove_prefix(1), any = true) {
        // Digits beyond what fits are too small to matter.
        if (full || amount.fraction > (k_most - 1) / 10) {
            full = true;
            continue;
        }
        amount.fraction = (amount.fraction * 10) + static_cast<std::uint64_t>(text[0] - '0');
        amount.scale *= 10;
    }
    return any;
}

} // namespace

std::expected<Moment, std::string> parse_time(std::string_view layout, std::string_view value) {
    return TimeParser(layout, value).run();
}

std::expected<std::int64_t, std::string> parse_duration(std::string_view text) {
    const std::string shown = quoted(text);
    const auto invalid = [&] { return std::unexpected("time: invalid duration " + shown); };
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest == "0") return 0;
    if (rest.empty()) return invalid();
    std::uint64_t total = 0;
    while (!rest.empty()) {
        if (rest[0] != '.' && !is_digit(rest, 0)) return invalid();
        Amount amount;
        if (!take_amount(rest, amount)) return invalid();
        const std::string_view unit = rest.substr(0, rest.find_first_of(".0123456789"));
        if (unit.empty()) return std::unexpected("time: missing unit in duration " + shown);
        rest.remove_prefix(unit.size());
        const std::uint64_t size = unit_size(unit);
        if (size == 0) return std::unexpected("time: unknown unit " + quoted(unit) + " in duration " + shown);
        if (amount.whole > k_most / size) return invalid();
        std::uint64_t value = amount.whole * size;
        if (amount.fraction > 0) {
            value += static_cast<std::uint64_t>(static_cast<double>(amount.fraction) *
                                                (static_cast<double>(size) / amount.scale));
        }
        if (value > k_most) return invalid();
        total += value;
        if (total > k_most) return invalid();
    }
    if (negative) return static_cast<std::int64_t>(~total + 1);
    if (total > k_most - 1) return invalid();
    return static_cast<std::int64_t>(total);
}

} // namespace redoubt::rego
