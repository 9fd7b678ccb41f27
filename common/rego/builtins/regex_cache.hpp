// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Compiled patterns, kept over evaluations: policies build the same ones again and again.

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <re2/re2.h>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

/// Debian's Abseil has a string_view of its own.
[[nodiscard]] inline absl::string_view piece_of(std::string_view text) {
    return {text.data(), text.size()};
}
[[nodiscard]] inline std::string_view view_of(absl::string_view piece) {
    return {piece.data(), piece.size()};
}

/// RE2 patterns by their text. Bounded: when it is full, the older half goes. Matching takes time linear in
/// the text and never more memory than the limit given.
class RegexCache {
  public:
    /// Errors: Go's words, "error parsing regexp: missing closing ]: `[`".
    [[nodiscard]] std::expected<const RE2*, std::string> get(std::string_view pattern, std::size_t max_bytes);
    /// A pattern made of a key by a translation (globs, templates); `translate` runs only when it is not
    /// held.
    [[nodiscard]] std::expected<const RE2*, std::string>
    get(std::string_view key, const std::function<std::expected<std::string, std::string>()>& translate,
        std::size_t max_bytes);

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Entry {
        std::unique_ptr<RE2> regex;
        std::uint64_t used = 0;
    };

    [[nodiscard]] const RE2* find(std::string_view key);
    [[nodiscard]] std::expected<const RE2*, std::string> add(std::string_view key, std::string_view pattern,
                                                             std::size_t max_bytes);
    void make_room();

    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
    std::uint64_t clock_ = 0;
};

/// The two kinds of patterns have caches of their own, since their keys may be equal.
struct GlobCache : RegexCache {};
struct TemplateCache : RegexCache {};

} // namespace redoubt::rego
