// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace redoubt::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// From the largest down: rendering takes the first that divides.
constexpr std::array k_size_units{Unit{"TiB", 1ULL << 40U}, Unit{"GiB", 1ULL << 30U},
                                  Unit{"MiB", 1ULL << 20U}, Unit{"KiB", 1ULL << 10U}};
constexpr std::array k_time_units{Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
constexpr std::uint64_t k_ten_years_ms = 10ULL * 366 * 24 * 3'600'000;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::uint64_t factor_of_size_unit(std::string_view unit) {
    std::string name;
    for (const char c : unit) name += lower(c);
    if (name.empty() || name == "b") return 1;
    for (const auto& known : k_size_units) {
        const char letter = lower(known.name.front());
        if (name.front() == letter && (name.size() == 1 || name.substr(1) == "b" || name.substr(1) == "ib")) {
            return known.factor;
        }
    }
    return 0;
}

std::uint64_t factor_of_time_unit(std::string_view unit) {
    for (const auto& known : k_time_units) {
        if (known.name == unit) return known.factor;
    }
    return 0;
}

} // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
    double number = 0;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    const auto used = static_cast<std::size_t>(rest - text.data());
    const std::uint64_t factor = error == std::errc{} ? factor_of_size_unit(text.substr(used)) : 0;
    if (factor == 0 || !std::isfinite(number) || number < 0 || std::signbit(number)) {
        return fail(Code::invalid_argument, "'{}' is not a size such as 512M or 2GiB", text);
    }
    const double bytes = number * static_cast<double>(factor);
    if (bytes >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) {
        return fail(Code::out_of_range, "size '{}' is too large", text);
    }
    // A whole number of bytes beyond 2^53 would lose its last digits in a double.
    std::uint64_t whole = 0;
    const auto [end, whole_error] = std::from_chars(text.data(), text.data() + used, whole);
    if (whole_error == std::errc{} && end == text.data() + used) return whole * factor;
    return static_cast<std::uint64_t>(bytes);
}

std::string render_size(std::uint64_t bytes) {
    for (const auto& unit : k_size_units) {
        if (bytes != 0 && bytes % unit.factor == 0)
            return std::format("{}{}", bytes / unit.factor, unit.name);
    }
    return std::format("{}B", bytes);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::uint64_t total = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        std::size_t length = 0;
        while (length < rest.size() && is_letter(rest[length])) ++length;
        const std::uint64_t factor = factor_of_time_unit(rest.substr(0, length));
        if (error == std::errc::result_out_of_range) break;
        if (error != std::errc{} || factor == 0) {
            return fail(Code::invalid_argument, "'{}' is not a duration such as 30s or 1h30m", text);
        }
        if (number > k_ten_years_ms / factor) break;
        total += number * factor;
        if (total > k_ten_years_ms) break;
        rest.remove_prefix(length);
    }
    if (text.empty())
        return fail(Code::invalid_argument, "an empty duration; write one such as 30s or 1h30m");
    if (!rest.empty()) return fail(Code::out_of_range, "duration '{}' is too long", text);
    return std::chrono::milliseconds(total);
}

std::string render_duration(std::chrono::milliseconds duration) {
    auto left = static_cast<std::uint64_t>(duration.count());
    std::string text;
    for (const auto& unit : k_time_units) {
        if (left >= unit.factor) text += std::format("{}{}", left / unit.factor, unit.name);
        left %= unit.factor;
    }
    return text.empty() ? "0s" : text;
}

} // namespace redoubt::config
