// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/support/rego/comparison.hpp"
#include "tests/support/rego/policy_writer.hpp"

/// The bytes write a policy; the engine and the oracle must agree on it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace redoubt::rego::testing;
    const std::string policy = PolicyWriter({data, size}).module();
    const Comparison made = compare_with_oracle(policy);
    if (made.verdict != Comparison::Verdict::disagreed) return 0;
    std::fprintf(stderr, "%s\nengine: %s\noracle: %s\n", policy.c_str(), made.engine.c_str(),
                 made.oracle.c_str());
    std::abort();
}
