// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/log_format.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace redoubt::node::sandbox {
namespace {

constexpr std::string_view k_form = "2016-10-06T00:17:09.669794202Z";

Result<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    const auto* begin = text.data() + at;
    const auto [end, error] = std::from_chars(begin, begin + count, value);
    if (error != std::errc() || end != begin + count || value < 0)
        return fail(Code::invalid_argument, "'{}' is not a time", text);
    return value;
}

/// Splits the text before the next space off.
std::string_view take_word(std::string_view& rest) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

} // namespace

std::string render_log_time(UnixTime time) {
    const std::chrono::sys_time<std::chrono::nanoseconds> point{std::chrono::nanoseconds(time)};
    return std::format("{:%FT%T}Z", point);
}

Result<UnixTime> parse_log_time(std::string_view text) {
    if (text.size() != k_form.size() || text[4] != '-' || text[10] != 'T' || text[19] != '.' ||
        text.back() != 'Z')
        return fail(Code::invalid_argument, "'{}' is not a time", text);
    RDT_TRY(const int year, digits(text, 0, 4));
    RDT_TRY(const int month, digits(text, 5, 2));
    RDT_TRY(const int day, digits(text, 8, 2));
    RDT_TRY(const int hour, digits(text, 11, 2));
    RDT_TRY(const int minute, digits(text, 14, 2));
    RDT_TRY(const int second, digits(text, 17, 2));
    RDT_TRY(const int nanosecond, digits(text, 20, 9));
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return fail(Code::invalid_argument, "'{}' is not a time", text);
    const std::chrono::nanoseconds time = std::chrono::sys_days(date).time_since_epoch() +
                                          std::chrono::hours(hour) + std::chrono::minutes(minute) +
                                          std::chrono::seconds(second) + std::chrono::nanoseconds(nanosecond);
    return time.count();
}

std::string render_log_entries(UnixTime time, OutputStream stream, std::string_view bytes) {
    const auto stamp = render_log_time(time);
    const std::string_view name = stream == OutputStream::standard_output ? "stdout" : "stderr";
    std::string entries;
    while (!bytes.empty()) {
        const auto newline = bytes.substr(0, k_log_piece_bytes + 1).find('\n');
        const bool is_full = newline != std::string_view::npos;
        const auto length = is_full ? newline : std::min(bytes.size(), k_log_piece_bytes);
        entries += std::format("{} {} {} {}\n", stamp, name, is_full ? 'F' : 'P', bytes.substr(0, length));
        bytes.remove_prefix(is_full ? length + 1 : length);
    }
    return entries;
}

Result<LogLine> parse_log_entry(std::string_view entry) {
    auto rest = entry;
    RDT_TRY(const auto time, parse_log_time(take_word(rest)));
    const auto stream = take_word(rest);
    const auto tag = take_word(rest);
    if ((stream != "stdout" && stream != "stderr") || (tag != "F" && tag != "P"))
        return fail(Code::invalid_argument, "not a log entry: '{}'", entry.substr(0, 60));
    return LogLine{.time = time,
                   .stream =
                       stream == "stdout" ? OutputStream::standard_output : OutputStream::standard_error,
                   .text = std::string(rest),
                   .is_partial = tag == "P"};
}

} // namespace redoubt::node::sandbox
