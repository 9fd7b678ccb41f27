// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/toml_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

// toml++ 3.4 asserts some of what a text must not contain, and assumes it with NDEBUG. Here it must refuse.
namespace {
struct AssertionOfToml {};
[[noreturn]] void fail_assertion() {
    throw AssertionOfToml{};
}
} // namespace
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void() : fail_assertion())
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/impl/forward_declarations.hpp>
// It also takes letters outside ASCII for unreachable where white space may be: they are none.
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE                                                                                     \
    return {}
#include <toml++/impl/unicode.hpp>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE __builtin_unreachable()
#include <toml++/toml.hpp>

namespace redoubt::config {
namespace {

TomlValue value_of_array(const toml::array& array) {
    std::vector<std::string> strings;
    for (const auto& item : array) {
        const auto* text = item.as_string();
        if (text == nullptr) return Unusable{"an array of other things"};
        strings.push_back(text->get());
    }
    return strings;
}

TomlValue value_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    if (const auto* array = node.as_array()) return value_of_array(*array);
    if (node.is_floating_point()) return Unusable{"a floating point number"};
    if (node.is_table()) return Unusable{"a section"};
    return Unusable{"a date or time"};
}

std::string dotted(const std::vector<std::string>& path) {
    std::string name = path.front();
    for (std::size_t i = 1; i < path.size(); ++i) name += "." + path[i];
    return name;
}

// Recursion is bounded: toml++ refuses texts nested deeper than 256.
void collect(const toml::table& table, const std::vector<std::string>& above,
             std::vector<TomlEntry>& entries) {
    for (const auto& [key, node] : table) {
        auto path = above;
        path.emplace_back(key.str());
        const auto* inner = node.as_table();
        if (inner != nullptr && !inner->empty()) {
            collect(*inner, path, entries);
        } else {
            const auto where = key.source().begin;
            entries.push_back({dotted(path), value_of(node), where.line, where.column, std::move(path)});
        }
    }
}

/// Nothing when toml++ has asserted.
std::optional<toml::parse_result> parse(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const AssertionOfToml&) {
        return std::nullopt;
    }
}

/// The first line that makes toml++ assert.
std::size_t line_of_assertion(std::string_view text) {
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') ends.push_back(at);
    }
    const auto first =
        std::ranges::partition_point(ends, [&](auto end) { return parse(text.substr(0, end)).has_value(); });
    return static_cast<std::size_t>(first - ends.begin()) + 1;
}

} // namespace

Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view file) {
    const auto outcome = parse(text);
    if (!outcome) return fail(Code::invalid_argument, "{}:{}: not TOML", file, line_of_assertion(text));
    const toml::parse_result& parsed = *outcome;
    if (!parsed) {
        const auto where = parsed.error().source().begin;
        return fail(Code::invalid_argument, "{}:{}:{}: {}", file, where.line, where.column,
                    parsed.error().description());
    }
    std::vector<TomlEntry> entries;
    collect(parsed.table(), {}, entries);
    std::ranges::stable_sort(entries, {},
                             [](const TomlEntry& entry) { return std::pair(entry.line, entry.column); });
    return entries;
}

} // namespace redoubt::config
