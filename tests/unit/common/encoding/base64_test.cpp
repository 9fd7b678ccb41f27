// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/base64.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace redoubt::encoding {
namespace {

// RFC 4648, section 10.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> k_vectors{{
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
}};

TEST(Base64, KnowsThePublishedVectors) {
    for (const auto& [bytes, text] : k_vectors) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
        const auto bare = text.substr(0, text.find('='));
        EXPECT_EQ(to_base64(bytes, Base64::url), bare);
        EXPECT_EQ(from_base64(bare, Base64::url), bytes);
        EXPECT_EQ(from_base64(text, Base64::url), bytes);
    }
}

TEST(Base64, EveryByteValueComesBack) {
    std::string bytes;
    for (int value = 0; value < 256; ++value) bytes += static_cast<char>(value);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes, Base64::url), Base64::url), bytes);
}

TEST(Base64, AlphabetsDoNotMix) {
    EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
    EXPECT_EQ(to_base64("\xfb\xff", Base64::url), "-_8");
    EXPECT_EQ(from_base64("-_8=").error().message, "base64: wrong character at offset 0");
    EXPECT_EQ(from_base64("+/8", Base64::url).error().message, "base64: wrong character at offset 0");
}

TEST(Base64, NamesWhatIsWrong) {
    EXPECT_EQ(from_base64("Zm9").error().message, "base64: padding is missing at offset 3");
    EXPECT_EQ(from_base64("Z===").error().message, "base64: wrong padding at offset 1");
    EXPECT_EQ(from_base64("Zg==Zg==").error().message, "base64: wrong padding at offset 2");
    EXPECT_EQ(from_base64("Zm9vY", Base64::url).error().message, "base64: ends early at offset 5");
    EXPECT_EQ(from_base64("Zm 9").error().message, "base64: wrong character at offset 2");
    EXPECT_EQ(from_base64("Zh==").error().message, "base64: set bits behind the end at offset 1");
}

} // namespace
} // namespace redoubt::encoding
