// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/regex_cache.hpp"

#include <algorithm>
#include <vector>

namespace redoubt::rego {
namespace {

constexpr std::size_t k_most_entries = 256;

/// Go's name of a fault; the two libraries share their grammar.
std::string_view words_of(RE2::ErrorCode code) {
    switch (code) {
    case RE2::ErrorBadEscape: return "invalid escape sequence";
    case RE2::ErrorBadCharClass: return "invalid character class";
    case RE2::ErrorBadCharRange: return "invalid character class range";
    case RE2::ErrorMissingBracket: return "missing closing ]";
    case RE2::ErrorMissingParen: return "missing closing )";
    case RE2::ErrorUnexpectedParen: return "unexpected )";
    case RE2::ErrorTrailingBackslash: return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument: return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize: return "invalid repeat count";
    case RE2::ErrorRepeatOp: return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp: return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8: return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture: return "invalid named capture";
    case RE2::ErrorPatternTooLarge: return "expression too large";
    case RE2::NoError:
    case RE2::ErrorInternal: break;
    }
    return "regexp/syntax: internal error";
}

std::string parse_fault(const RE2& regex) {
    std::string argument = regex.error_arg();
    if (regex.error_code() == RE2::ErrorMissingParen || regex.error_code() == RE2::ErrorUnexpectedParen)
        argument = regex.pattern();
    return "error parsing regexp: " + std::string(words_of(regex.error_code())) + ": `" + argument + "`";
}

} // namespace

std::expected<const RE2*, std::string> RegexCache::get(std::string_view pattern, std::size_t max_bytes) {
    if (const RE2* held = find(pattern)) return held;
    return add(pattern, pattern, max_bytes);
}

std::expected<const RE2*, std::string>
RegexCache::get(std::string_view key,
                const std::function<std::expected<std::string, std::string>()>& translate,
                std::size_t max_bytes) {
    if (const RE2* held = find(key)) return held;
    const auto pattern = translate();
    if (!pattern) return std::unexpected(pattern.error());
    return add(key, *pattern, max_bytes);
}

const RE2* RegexCache::find(std::string_view key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.used = ++clock_;
    return found->second.regex.get();
}

std::expected<const RE2*, std::string> RegexCache::add(std::string_view key, std::string_view pattern,
                                                       std::size_t max_bytes) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(static_cast<std::int64_t>(max_bytes));
    auto regex = std::make_unique<RE2>(piece_of(pattern), options);
    if (!regex->ok()) return std::unexpected(parse_fault(*regex));
    if (entries_.size() >= k_most_entries) make_room();
    Entry& entry = entries_[std::string(key)];
    entry = {std::move(regex), ++clock_};
    return entry.regex.get();
}

void RegexCache::make_room() {
    std::vector<std::uint64_t> ages;
    ages.reserve(entries_.size());
    for (const auto& [key, entry] : entries_) ages.push_back(entry.used);
    const auto middle = ages.begin() + static_cast<std::ptrdiff_t>(ages.size() / 2);
    std::ranges::nth_element(ages, middle);
    std::erase_if(entries_, [&](const auto& held) { return held.second.used < *middle; });
}

} // namespace redoubt::rego
