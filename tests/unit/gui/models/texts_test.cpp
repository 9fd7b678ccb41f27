// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/texts.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

constexpr std::int64_t k_second = 1'000'000'000;

TEST(Texts, SayBytesInTheUnitThatFits) {
    EXPECT_EQ(bytes_text(0), QStringLiteral("0 B"));
    EXPECT_EQ(bytes_text(1023), QStringLiteral("1023 B"));
    EXPECT_EQ(bytes_text(1536), QStringLiteral("1.5 KiB"));
    EXPECT_EQ(bytes_text(200.0 * 1024 * 1024), QStringLiteral("200 MiB"));
    EXPECT_EQ(rate_text(2048), QStringLiteral("2.0 KiB/s"));
}

TEST(Texts, SayHowLongAgoRoughly) {
    EXPECT_EQ(age_text(0, k_second), QString());
    EXPECT_EQ(age_text(k_second, k_second), QStringLiteral("0 s"));
    EXPECT_EQ(age_text(2 * k_second, k_second), QStringLiteral("0 s")) << "clocks differ";
    EXPECT_EQ(age_text(1, 180 * k_second), QStringLiteral("2 min"));
    EXPECT_EQ(age_text(1, 3 * 24 * 3600 * k_second), QStringLiteral("2 d"));
}

TEST(Texts, ShortenIds) {
    EXPECT_EQ(short_id("sha256:0123456789abcdef"), QStringLiteral("0123456789ab"));
    EXPECT_EQ(short_id("abc"), QStringLiteral("abc"));
}

TEST(Texts, ShowBytesThatAreNoText) {
    EXPECT_EQ(text_of("a\xff"), QString(QStringLiteral("a") + QChar(0xfffd)));
}

} // namespace
} // namespace redoubt::gui
