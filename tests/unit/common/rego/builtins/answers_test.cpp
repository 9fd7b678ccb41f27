// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "tests/unit/common/rego/builtins/call.hpp"

// answers/opa.txt holds what Open Policy Agent 1.20 answers: a builtin, its operands as JSON, and the result
// as Rego text (or the error, with "type: " or "builtin: " before it), tabs between. Its escapes are \\ \n
// \t.

namespace redoubt::rego::testing {
namespace {

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else {
            out += c;
        }
    }
    return out;
}

TEST(BuiltinAnswers, AreThoseOfOpenPolicyAgent) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    ASSERT_NE(source, nullptr);
    const auto text = read_file(std::string(source) + "/tests/unit/common/rego/builtins/answers/opa.txt");
    ASSERT_TRUE(text.has_value());
    std::string_view rest = *text;
    int count = 0;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t first = line.find('\t');
        const std::size_t second = line.find('\t', first + 1);
        if (second == std::string_view::npos) continue;
        const std::string_view name = line.substr(0, first);
        const std::string_view operands = line.substr(first + 1, second - first - 1);
        EXPECT_EQ(escaped(call(name, operands)), line.substr(second + 1)) << name << operands;
        ++count;
    }
    EXPECT_GT(count, 1'000);
}

} // namespace
} // namespace redoubt::rego::testing
