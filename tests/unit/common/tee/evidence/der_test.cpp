// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/der.hpp"

#include <gtest/gtest.h>

namespace redoubt::tee {
namespace {

using namespace std::string_view_literals;

TEST(Der, ReadsElementsInOrder) {
    DerReader reader("\x02\x01\x05\x16\x02hi"sv);
    EXPECT_EQ(reader.expect(k_der_integer, "number"), "\x05"sv);
    EXPECT_EQ(reader.expect(k_der_ia5, "text"), "hi"sv);
    EXPECT_TRUE(reader.is_empty());
}

TEST(Der, RefusesWhatIsNotTheShortestForm) {
    for (const auto bytes : {"\x02\x81\x01\x05"sv, "\x02\x80\x05\x00\x00"sv, "\x02\x84\x00\x00\x00\x01\x05"sv,
                             "\x1f\x01\x05"sv, "\x02\x05\x01"sv, "\x02"sv})
        EXPECT_FALSE(DerReader(bytes).next()) << bytes.size();
}

TEST(Der, NumbersAboveOneByteKeepTheirValue) {
    EXPECT_EQ(small_number("\x00\xd5"sv), 213U);
    EXPECT_FALSE(small_number("\xd5"sv)); // negative
    EXPECT_FALSE(small_number("\x00\x05"sv));
    EXPECT_FALSE(small_number(""sv));
}

TEST(Der, OidsAreRead) {
    EXPECT_EQ(oid_text("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01"sv), "1.2.840.113741.1.13.1");
    EXPECT_FALSE(oid_text("\x2a\x86"sv));
}

} // namespace
} // namespace redoubt::tee
