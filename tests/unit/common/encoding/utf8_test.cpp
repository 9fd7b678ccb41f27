// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::encoding {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, TakesCodePointsOfEveryLength) {
    for (const auto text :
         {""sv, "a"sv, "\0"sv, "\xC2\x80"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
          "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "gr\xC3\xBC\xC3\x9F"sv})
        EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Utf8, RefusesWhatIsNoneInItsShortestForm) {
    for (const auto text : {"\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xF0\x8F\xBF\xBF"sv,
                            "\xF5\x80\x80\x80"sv, "\xFF"sv})
        EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, RefusesSurrogatesAndWhatIsBeyondTheLastCodePoint) {
    for (const auto text : {"\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF4\x90\x80\x80"sv})
        EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, RefusesWhatIsCutShort) {
    for (const auto text : {"\xC2"sv, "a\xE2\x82"sv, "\xF0\x9F\x98"sv, "\xE2\x82z"sv})
        EXPECT_FALSE(is_utf8(text));
}

} // namespace
} // namespace redoubt::encoding
