// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/rego/comparison.hpp"
#include "tests/support/rego/policy_writer.hpp"

namespace redoubt::rego::testing {
namespace {

using Verdict = Comparison::Verdict;

/// The policies of one seed; REDOUBT_REGO_SEED and REDOUBT_REGO_POLICIES ask for others and for more.
unsigned number_from(const char* variable, unsigned otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

TEST(RegoOracle, AnswersAsTheEngineDoesForPoliciesWrittenByChance) {
    std::mt19937 random(number_from("REDOUBT_REGO_SEED", 1));
    const unsigned policies = number_from("REDOUBT_REGO_POLICIES", 400);
    std::map<Verdict, unsigned> counts;
    for (unsigned i = 0; i < policies; ++i) {
        std::vector<std::uint8_t> choices(20 + random() % 200);
        for (std::uint8_t& choice : choices) choice = static_cast<std::uint8_t>(random());
        const std::string policy = PolicyWriter(choices).module();
        const Comparison made = compare_with_oracle(policy);
        ++counts[made.verdict];
        EXPECT_NE(made.verdict, Verdict::disagreed)
            << policy << "\nengine: " << made.engine << "\noracle: " << made.oracle;
    }
    RecordProperty("agreed", static_cast<int>(counts[Verdict::agreed]));
    std::cout << counts[Verdict::refused] << " refused, " << counts[Verdict::unanswered] << " unanswered, "
              << counts[Verdict::agreed] << " agreed, " << counts[Verdict::disagreed] << " disagreed\n";
    EXPECT_GE(counts[Verdict::agreed], policies / 4) << "the policies written say too little";
}

TEST(RegoOracle, KnowsAWrongAnswer) {
    const Comparison made =
        compare_with_oracle("package t\nr0 contains x if { some x in data.n; not x == 1 }");
    EXPECT_EQ(made.verdict, Verdict::agreed);
    EXPECT_EQ(made.oracle, R"({"r0": {2, 3}})");
}

} // namespace
} // namespace redoubt::rego::testing
