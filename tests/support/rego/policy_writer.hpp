// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Policies written by chance, for comparing evaluators. Some do not load; the rest
/// exercises what bodies, heads and terms can do with each other.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace redoubt::rego::testing {

/// The documents the policies speak of.
inline constexpr std::string_view k_written_data =
    R"({"n":[1,2,3,2],"o":{"a":1,"b":[1,2],"c":{"a":2}},"m":{"x":{"a":1,"b":"a"},"y":{"a":2,"b":"b"}},"s":["a","b"]})";
inline constexpr std::string_view k_written_input = R"({"a":1,"b":[1,2,"a"],"c":{"a":"b","b":[{"a":2}]}})";

class PolicyWriter {
  public:
    /// The bytes decide; where they end, the simplest is written.
    explicit PolicyWriter(std::span<const std::uint8_t> choices) : choices_(choices) {}

    /// A module of package t in Rego v1.
    [[nodiscard]] std::string module();

  private:
    [[nodiscard]] unsigned pick(unsigned count);
    template <std::size_t N>
    [[nodiscard]] std::string one_of(const char* const (&words)[N]) {
        return words[pick(N)];
    }
    /// A variable in scope, or a constant when there is none.
    [[nodiscard]] std::string variable();
    /// A variable of its own; in scope from now on.
    [[nodiscard]] std::string fresh();
    /// An operand that arithmetic takes, at least at load.
    [[nodiscard]] std::string number(int depth);
    [[nodiscard]] std::string constant();
    [[nodiscard]] std::string value(int depth);
    [[nodiscard]] std::string reference(int depth);
    [[nodiscard]] std::string call(int depth);
    [[nodiscard]] std::string comprehension(int depth);
    [[nodiscard]] std::string statement(int depth);
    [[nodiscard]] std::string binding(int depth);
    [[nodiscard]] std::string every(int depth);
    /// A body and a value after it in scope, which is left as it was: {"x := 1", "x"}.
    struct Scoped {
        std::string body;
        std::string value;
    };
    [[nodiscard]] Scoped scoped(int depth);
    [[nodiscard]] std::string body(int depth);
    void complete(const std::string& name);
    void partial_set(const std::string& name);
    void partial_object(const std::string& name);
    void function(const std::string& name, unsigned kind);

    std::span<const std::uint8_t> choices_;
    std::string text_;
    std::vector<std::string> scope_;
    unsigned names_ = 0;
    std::vector<std::string> documents_; ///< rules written so far: what later ones may name
    std::vector<std::string> functions_;
};

} // namespace redoubt::rego::testing
