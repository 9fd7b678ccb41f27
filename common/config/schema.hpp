// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace redoubt::config {

/// A size in bytes; written "256MiB".
struct ByteSize {
    std::uint64_t bytes = 0;
    auto operator<=>(const ByteSize&) const = default;
};
using Milliseconds = std::chrono::milliseconds;
using Strings = std::vector<std::string>;

/// The kinds of values a key can have.
using Value = std::variant<bool, std::int64_t, std::string, ByteSize, Milliseconds, Strings>;

/// Inclusive limits of an integer, a size (bytes) or a duration (milliseconds).
struct Limits {
    std::int64_t least = 0;
    std::int64_t most = 0;
};

/// One key: its dotted name, its default (whose kind is the key's kind) and what it means.
struct Key {
    std::string name;
    Value default_value;
    std::string description;
    std::optional<Limits> limits;     ///< of numbers, sizes and durations
    std::vector<std::string> choices; ///< of strings: the allowed words; empty: any
};

/// All keys of a program.
class Schema {
  public:
    explicit Schema(std::vector<Key> keys) : keys_(std::move(keys)) {}

    [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }
    /// Null when there is no such key.
    [[nodiscard]] const Key* find(std::string_view name) const;
    /// "; did you mean 'sandbox.boot_timeout'?", or empty when no key or section is near.
    [[nodiscard]] std::string suggestion_for(std::string_view name) const;

  private:
    std::vector<Key> keys_;
};

/// What a person must write for this kind: "a size such as \"256MiB\"".
[[nodiscard]] std::string expectation_of(const Value& kind);

/// The value as it would stand in a TOML file: `"256MiB"`, `true`, `["a", "b"]`.
[[nodiscard]] std::string render_value(const Value& value);

/// A string as TOML writes it, quoted and escaped.
[[nodiscard]] std::string quote(std::string_view text);

} // namespace redoubt::config
