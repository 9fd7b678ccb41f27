// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/time_zone.hpp"

// The TZ strings of POSIX.

namespace redoubt::rego {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return text_.empty(); }
    [[nodiscard]] char peek() const { return text_.empty() ? '\0' : text_[0]; }
    bool skip(char c) {
        if (peek() != c) return false;
        text_.remove_prefix(1);
        return true;
    }

    std::optional<std::string> name() {
        if (skip('<')) {
            const std::size_t end = text_.find('>');
            if (end == std::string_view::npos) return std::nullopt;
            std::string inside(text_.substr(0, end));
            text_.remove_prefix(end + 1);
            return inside;
        }
        std::size_t size = 0;
        while (size < text_.size() && ((text_[size] | 0x20) >= 'a' && (text_[size] | 0x20) <= 'z')) ++size;
        if (size < 3) return std::nullopt;
        std::string letters(text_.substr(0, size));
        text_.remove_prefix(size);
        return letters;
    }

    std::optional<int> number(int least, int most) {
        int value = 0;
        std::size_t digits = 0;
        while (is_digit(peek()) && digits < 4) {
            value = (value * 10) + (peek() - '0');
            text_.remove_prefix(1);
            ++digits;
        }
        if (digits == 0 || value < least || value > most) return std::nullopt;
        return value;
    }

    /// [+-]hh[:mm[:ss]] in seconds.
    std::optional<int> time() {
        const int sign = peek() == '-' ? -1 : 1;
        if (peek() == '-' || peek() == '+') text_.remove_prefix(1);
        const auto hours = number(0, 24 * 7);
        if (!hours) return std::nullopt;
        int seconds = *hours * 3'600;
        for (const int unit : {60, 1}) {
            if (!skip(':')) break;
            const auto part = number(0, 59);
            if (!part) return std::nullopt;
            seconds += *part * unit;
        }
        return sign * seconds;
    }

    std::optional<ZoneChange> change() {
        ZoneChange change;
        if (skip('M')) {
            const auto month = number(1, 12);
            if (!month || !skip('.')) return std::nullopt;
            const auto week = number(1, 5);
            if (!week || !skip('.')) return std::nullopt;
            const auto day = number(0, 6);
            if (!day) return std::nullopt;
            change = {ZoneChange::Kind::month_week_day, *day, *week, *month};
        } else {
            const bool julian = skip('J');
            const auto day = number(julian ? 1 : 0, 365);
            if (!day) return std::nullopt;
            change.kind = julian ? ZoneChange::Kind::julian : ZoneChange::Kind::day_of_year;
            change.day = *day;
        }
        if (!skip('/')) return change;
        const auto at = time();
        if (!at) return std::nullopt;
        change.time = *at;
        return change;
    }

  private:
    std::string_view text_;
};

std::optional<ZoneRule> summer_of(Reader& reader, ZoneRule rule) {
    const auto name = reader.name();
    if (!name) return std::nullopt;
    ZonePeriod summer = rule.standard;
    summer.abbreviation = *name;
    summer.offset += 3'600;
    if (!reader.at_end() && reader.peek() != ',') {
        const auto offset = reader.time();
        if (!offset) return std::nullopt;
        summer.offset = -*offset;
    }
    rule.summer = summer;
    if (!reader.skip(',')) return std::nullopt;
    const auto begins = reader.change();
    if (!begins || !reader.skip(',')) return std::nullopt;
    const auto ends = reader.change();
    if (!ends || !reader.at_end()) return std::nullopt;
    rule.begins = *begins;
    rule.ends = *ends;
    return rule;
}

} // namespace

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
    Reader reader(text);
    ZoneRule rule;
    const auto name = reader.name();
    if (!name) return std::nullopt;
    const auto offset = reader.time();
    if (!offset) return std::nullopt;
    rule.standard.abbreviation = *name;
    rule.standard.offset = -*offset;
    if (reader.at_end()) return rule;
    return summer_of(reader, std::move(rule));
}

} // namespace redoubt::rego
