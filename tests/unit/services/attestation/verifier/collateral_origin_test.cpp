// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/verifier/collateral_origin.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::attestation {
namespace {

TEST(CollateralOrigin, ComesBackAsItWasWritten) {
    const Origins written{
        {"aa", {Source::fetched, "https://kds.test/x", tee::parse_time("2026-01-31T08:00:00Z").value()}},
        {"bb", {Source::imported, "bundle", std::nullopt}}};
    const auto text = render_origins(written);
    EXPECT_EQ(text, R"({"version":1,"statements":{"aa":{"source":"fetched","from":"https://kds.test/x",)"
                    R"("came":"2026-01-31T08:00:00Z"},"bb":{"source":"imported","from":"bundle"}}})");
    const auto read = parse_origins(text);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 2U);
    EXPECT_EQ(read->at("aa").source, Source::fetched);
    EXPECT_EQ(read->at("aa").came, written.at("aa").came);
    EXPECT_FALSE(read->at("bb").came);
    EXPECT_EQ(render_origins(*read), text);
}

TEST(CollateralOrigin, RefusesWhatIsNotInTheForm) {
    for (const auto* text : {"", "[]", "{}", R"({"version":2,"statements":{}})", R"({"version":1})",
                             R"({"version":1,"statements":{"aa":{"source":"heard"}}})",
                             R"({"version":1,"statements":{"aa":{"source":"file","came":"soon"}}})",
                             R"({"version":1,"statements":{"aa":1}})"})
        EXPECT_FALSE(parse_origins(text)) << text;
}

} // namespace
} // namespace redoubt::services::attestation
