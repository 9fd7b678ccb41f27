// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/quantity.hpp"

#include <gtest/gtest.h>

namespace redoubt::config {
namespace {

using std::chrono::milliseconds;

TEST(Size, UnitsAreBinaryInAnyCase) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("4096"), 4096U);
    EXPECT_EQ(parse_size("12b"), 12U);
    EXPECT_EQ(parse_size("64k"), 64U << 10U);
    EXPECT_EQ(parse_size("256MiB"), 256U << 20U);
    EXPECT_EQ(parse_size("256MB"), 256U << 20U);
    EXPECT_EQ(parse_size("2G"), 2ULL << 30U);
    EXPECT_EQ(parse_size("1.5g"), 3ULL << 29U);
}

TEST(Size, RefusesWhatIsNoSize) {
    for (const auto* text :
         {"", "M", "-1", "-0", "12 MiB", "12X", "1e3", "0x10", "nan", "inf", "12MiBs", "+5"}) {
        const auto size = parse_size(text);
        ASSERT_FALSE(size) << text;
        EXPECT_EQ(size.error().code, Code::invalid_argument) << text;
    }
    EXPECT_EQ(parse_size("99999999T").error(), (Error{Code::out_of_range, "size '99999999T' is too large"}));
}

TEST(Size, KeepsEveryDigitOfALargeNumber) {
    EXPECT_EQ(parse_size("9007199254740993"), 9007199254740993ULL);
}

TEST(Size, RendersWhatParsesToTheSame) {
    EXPECT_EQ(render_size(0), "0B");
    EXPECT_EQ(render_size(1500), "1500B");
    EXPECT_EQ(render_size(256U << 20U), "256MiB");
    EXPECT_EQ(render_size(1536U << 20U), "1536MiB");
    for (const std::uint64_t bytes : {1ULL, 1024ULL, 123456789ULL, 5ULL << 40U}) {
        EXPECT_EQ(parse_size(render_size(bytes)), bytes);
    }
}

TEST(DurationText, AddsItsParts) {
    EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
    EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
    EXPECT_EQ(parse_duration("1h30m"), milliseconds(5'400'000));
    EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(DurationText, RefusesWhatIsNoDuration) {
    for (const auto* text : {"", "30", "s", "-5s", "1.5s", "30S", "3 s", "5sx"}) {
        EXPECT_EQ(parse_duration(text).error().code, Code::invalid_argument) << text;
    }
    EXPECT_EQ(parse_duration("99999999h").error().code, Code::out_of_range);
    EXPECT_EQ(parse_duration("99999999999999999999999s").error().code, Code::out_of_range);
}

TEST(DurationText, RendersWhatParsesToTheSame) {
    EXPECT_EQ(render_duration(milliseconds(0)), "0s");
    EXPECT_EQ(render_duration(milliseconds(30'000)), "30s");
    EXPECT_EQ(render_duration(milliseconds(5'400'000)), "1h30m");
    EXPECT_EQ(render_duration(milliseconds(61'001)), "1m1s1ms");
}

} // namespace
} // namespace redoubt::config
