// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Reading operands beyond their kind, in OPA's words when they are wrong, and making results of a size that
/// operands decide. For the files of common/rego/builtins only.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {

template <class T>
using Operanded = std::expected<T, BuiltinError>;

/// The value of a number that OPA takes as an int: digits, perhaps with zeros after a point; not 1e3.
[[nodiscard]] std::optional<std::int64_t> plain_integer(const Number& number);
/// Such a number that fits an int64.
[[nodiscard]] Operanded<std::int64_t> integer_operand(const Value& value, std::size_t position);
/// A whole number of any size, however written.
[[nodiscard]] Operanded<BigInt> big_integer_operand(const Value& value, std::size_t position);
/// The strings in an array or set.
[[nodiscard]] Operanded<std::vector<std::string_view>> strings_operand(const Value& value,
                                                                       std::size_t position);
/// "operand 1 must be array of strings but got array containing number".
[[nodiscard]] std::unexpected<BuiltinError> element_error(std::size_t position, const Value& composite,
                                                          const Value& got, std::string_view expected);

/// The JSON spelling of a number as strconv.ParseFloat of Go takes it: a plus sign, leading zeros, ".5", "5."
/// are allowed; empty when the text is no number.
[[nodiscard]] std::string json_number_spelling(std::string_view text);

/// A string result, charged first.
[[nodiscard]] BuiltinResult text_result(BuiltinContext& context, std::string_view text);
/// An array of strings, charged first.
[[nodiscard]] BuiltinResult texts_result(BuiltinContext& context, const std::vector<std::string_view>& texts);
[[nodiscard]] std::unexpected<BuiltinError> memory_limit_error();
[[nodiscard]] std::unexpected<BuiltinError> step_limit_error();

/// Collects a text whose size operands decide; asks the budget as it grows.
class TextSink {
  public:
    explicit TextSink(BuiltinContext& context) : context_(&context) {}

    /// False: over the budget; the caller returns memory_limit_error().
    [[nodiscard]] bool append(std::string_view piece);
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] BuiltinResult finish() { return text_result(*context_, text_); }

  private:
    BuiltinContext* context_;
    std::string text_;
    std::size_t allowed_ = 0;
};

} // namespace redoubt::rego
