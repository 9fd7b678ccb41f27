// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <charconv>
#include <optional>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/json.hpp"

// semver.*: a leading v and leading zeros are allowed, as in OPA; build metadata does not count in an order.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

struct Version {
    std::int64_t numbers[3] = {};
    std::string_view pre_release;
};

std::optional<std::int64_t> number_of(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    return value;
}

/// Letters, digits and hyphens between dots; nothing at all is fine.
bool are_identifiers(std::string_view text) {
    if (text.empty()) return true;
    while (true) {
        const std::size_t dot = text.find('.');
        const std::string_view part = text.substr(0, dot);
        const bool fine = std::ranges::all_of(part, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        });
        if (part.empty() || !fine) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

std::optional<Version> parse_version(std::string_view text) {
    if (text.starts_with('v')) text.remove_prefix(1);
    Version version;
    if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
        if (!are_identifiers(text.substr(plus + 1))) return std::nullopt;
        text = text.substr(0, plus);
    }
    if (const std::size_t hyphen = text.find('-'); hyphen != std::string_view::npos) {
        version.pre_release = text.substr(hyphen + 1);
        if (!are_identifiers(version.pre_release)) return std::nullopt;
        text = text.substr(0, hyphen);
    }
    for (int i = 0; i < 3; ++i) {
        const std::size_t dot = i < 2 ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto number = number_of(text.substr(0, dot));
        if (!number) return std::nullopt;
        version.numbers[i] = *number;
        if (i < 2) text.remove_prefix(dot + 1);
    }
    return version;
}

int sign_of(std::strong_ordering order) {
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int compare_identifiers(std::string_view a, std::string_view b) {
    const auto x = number_of(a);
    const auto y = number_of(b);
    if (x && y) return sign_of(*x <=> *y);
    if (x.has_value() != y.has_value()) return x ? -1 : 1;
    return sign_of(a <=> b);
}

/// A version without a pre-release comes after those with one.
int compare_pre_releases(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return a.empty() && b.empty() ? 0 : a.empty() ? 1 : -1;
    while (true) {
        const std::size_t x = a.find('.');
        const std::size_t y = b.find('.');
        if (const int order = compare_identifiers(a.substr(0, x), b.substr(0, y)); order != 0) return order;
        if (x == std::string_view::npos || y == std::string_view::npos)
            return x == y ? 0 : x == std::string_view::npos ? -1 : 1;
        a.remove_prefix(x + 1);
        b.remove_prefix(y + 1);
    }
}

std::unexpected<BuiltinError> no_version(const Value& text, int position) {
    return builtin_error("operand " + std::to_string(position) + ": string " + render_rego(text) +
                         " is not a valid SemVer");
}

BuiltinResult compare_versions(BuiltinContext& /*context*/, Operands operands) {
    const auto a = parse_version(operands[0].as_string());
    const auto b = parse_version(operands[1].as_string());
    if (!a) return no_version(operands[0], 1);
    if (!b) return no_version(operands[1], 2);
    for (int i = 0; i < 3; ++i) {
        if (a->numbers[i] != b->numbers[i]) return Value::integer(a->numbers[i] < b->numbers[i] ? -1 : 1);
    }
    return Value::integer(compare_pre_releases(a->pre_release, b->pre_release));
}

BuiltinResult is_valid(BuiltinContext& /*context*/, Operands operands) {
    return Value::boolean(operands[0].is_string() && parse_version(operands[0].as_string()).has_value());
}

constexpr Builtin k_semver[] = {
    {.name = "semver.compare",
     .operands = {one_of(Kind::string), one_of(Kind::string)},
     .arity = 2,
     .function = compare_versions},
    {.name = "semver.is_valid", .arity = 1, .function = is_valid},
};

} // namespace

std::span<const Builtin> semver_builtins() {
    return k_semver;
}

} // namespace redoubt::rego
