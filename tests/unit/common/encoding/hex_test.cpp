// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/hex.hpp"

#include <gtest/gtest.h>

namespace redoubt::encoding {
namespace {

TEST(Hex, ReadsWhatItWrites) {
    const std::string bytes("\x00\x7f\xff\x10", 4);
    EXPECT_EQ(to_hex(bytes), "007fff10");
    EXPECT_EQ(from_hex("007fff10"), bytes);
    EXPECT_EQ(from_hex("007FfF10"), bytes);
    EXPECT_EQ(from_hex(""), "");
}

TEST(Hex, NamesTheOffsetOfAWrongDigit) {
    EXPECT_EQ(from_hex("00g0").error().message, "hex: not a digit at offset 2");
    EXPECT_EQ(from_hex("000g").error().message, "hex: not a digit at offset 3");
}

TEST(Hex, RefusesHalfAByte) {
    EXPECT_EQ(from_hex("000").error().message, "hex: odd number of digits (3)");
}

} // namespace
} // namespace redoubt::encoding
