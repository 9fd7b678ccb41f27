// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "common/base/file.hpp"
#include "common/rego/engine.hpp"

namespace redoubt::rego {
namespace {

std::string claims(std::string_view evidence) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    const std::filesystem::path folder =
        std::filesystem::path(source == nullptr ? "." : source) / "tests/unit/common/rego/appraisal_policy";
    const auto engine = Engine::build({{"policy.rego", read_file(folder / "policy.rego").value()}}, {});
    if (!engine) return render(engine.error());
    const auto query = engine->prepare("data.policy.trust_claims");
    const auto outcome = query->evaluate_json(evidence, {});
    if (!outcome) return outcome.error().render();
    const Value value = outcome->value();
    return render_json(value.at("executables")) + " " + render_json(value.at("hardware")) + " " +
           render_json(value.at("configuration"));
}

TEST(AppraisalPolicy, RaisesTheClaimsThatTheEvidenceSupports) {
    EXPECT_EQ(claims(R"({"snp": {"measurement": "bb22", "reported_tcb_bootloader": 4, "reported_tcb_snp": 14,
                         "platform_smt_enabled": true, "policy_debug_allowed": false}})"),
              "3 2 2");
    EXPECT_EQ(claims(R"({"snp": {"measurement": "ffff", "reported_tcb_bootloader": 4, "reported_tcb_snp": 9,
                         "platform_smt_enabled": false, "policy_debug_allowed": false}})"),
              "33 33 3");
    EXPECT_EQ(claims(R"({"sample": {"svn": 1, "debug": false}})"), "3 2 36");
    EXPECT_EQ(claims("{}"), "33 33 36");
}

TEST(AppraisalPolicy, TakesNoClaimFromEvidenceOfAnotherShape) {
    for (const char* evidence : {"[]", "null", "1", R"({"snp": 1})", R"({"snp": {"measurement": ["bb22"]}})",
                                 R"({"tdx": {"quote": []}})"}) {
        EXPECT_EQ(claims(evidence), "33 33 36") << evidence;
    }
}

} // namespace
} // namespace redoubt::rego
