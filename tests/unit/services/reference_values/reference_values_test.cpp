// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/reference_values/reference_values.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::reference_values {
namespace {

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();

TEST(ReferenceValues, EndWhenTheyEnd) {
    ReferenceValues values;
    values.add({"snp_launch_measurement", boost::json::array{"AbCd", "ef01"},
                k_now + std::chrono::seconds(10), "test"});
    EXPECT_TRUE(values.lists("snp_launch_measurement", "abcd", k_now));
    EXPECT_TRUE(values.lists("snp_launch_measurement", "ef01", k_now));
    EXPECT_FALSE(values.lists("snp_launch_measurement", "ef", k_now));
    EXPECT_FALSE(values.lists("snp_launch_measurement", "", k_now));
    EXPECT_FALSE(values.lists("other", "abcd", k_now));
    EXPECT_FALSE(values.lists("snp_launch_measurement", "abcd", k_now + std::chrono::seconds(10)));
    EXPECT_EQ(values.names("snp_", k_now).size(), 1U);
    EXPECT_TRUE(values.names("snp_", k_now + std::chrono::hours(1)).empty());
}

TEST(ReferenceValues, ComeBackFromTheStoreAsTheyWere) {
    const ReferenceValue value{"x", boost::json::array{1, "two"}, k_now, "admin"};
    const auto back = parse_stored("x", render_stored(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->value, value.value);
    EXPECT_EQ(back->expires, k_now);
    EXPECT_EQ(back->source, "admin");
}

TEST(ReferenceValues, RefusesMessagesThatAreNone) {
    for (const auto* text :
         {"", "[]", "{}", R"({"type":"sample"})", R"({"type":"sample","payload":"!"})",
          R"({"type":"sample","payload":"W10="})", R"({"version":"0.2.0","type":"sample","payload":"e30="})",
          R"({"type":"other","payload":"e30="})", R"({"type":"sample","payload":"eyIiOltdfQ=="})",
          R"({"type":"sample","payload":"eyJhIjpudWxsfQ=="})"})
        EXPECT_FALSE(parse_message(text, {}, Unsigned::accepted, "test", k_now)) << text;
    const auto* good = R"({"version":"0.1.0","type":"sample","payload":"eyJhIjpbImIiXX0="})";
    EXPECT_EQ(parse_message(good, {}, Unsigned::accepted, "test", k_now)->at(0).expires,
              k_now + k_default_lifetime);
    EXPECT_EQ(parse_message(good, {}, Unsigned::refused, "test", k_now).error().code,
              Code::permission_denied);
}

} // namespace
} // namespace redoubt::services::reference_values
