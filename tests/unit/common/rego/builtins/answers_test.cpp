// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstdlib>

#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "tests/unit/common/rego/builtins/call.hpp"

// The files of answers/ hold what Open Policy Agent 1.20 answers: a builtin, its operands as JSON, and the
// result as Rego text (or the error, with "type: " or "builtin: " before it), tabs between. Its escapes are
// \\ \n
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

/// Compares each line of a file; gives how many there were.
int compare_answers(const std::string& name) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    if (source == nullptr) return 0;
    const auto text = read_file(std::string(source) + "/tests/unit/common/rego/builtins/answers/" + name);
    if (!text) return 0;
    std::string_view rest = *text;
    int count = 0;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t first = line.find('\t');
        const std::size_t second = line.find('\t', first + 1);
        if (second == std::string_view::npos) continue;
        const std::string_view builtin = line.substr(0, first);
        const std::string_view operands = line.substr(first + 1, second - first - 1);
        EXPECT_EQ(escaped(call(builtin, operands)), line.substr(second + 1)) << builtin << operands;
        ++count;
    }
    return count;
}

TEST(BuiltinAnswers, AreThoseOfOpenPolicyAgent) {
    EXPECT_GT(compare_answers("opa.txt"), 1'000);
}

TEST(BuiltinAnswers, ShowCertificatesAndTokensAsOpenPolicyAgentDoes) {
    EXPECT_GT(compare_answers("opa_crypto.txt"), 100);
}

} // namespace
} // namespace redoubt::rego::testing
