// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/tcb_info.hpp"

#include <gtest/gtest.h>

namespace redoubt::tee::tdx {
namespace {

using enum TcbStatus;

TEST(TcbStatus, RevokedAnywhereIsRevoked) {
    EXPECT_EQ(converge(up_to_date, revoked, up_to_date), revoked);
    EXPECT_EQ(converge(up_to_date, up_to_date, revoked), revoked);
    EXPECT_EQ(converge(revoked, std::nullopt, std::nullopt), revoked);
}

TEST(TcbStatus, AnOldModuleOrEnclaveMakesThePlatformOld) {
    EXPECT_EQ(converge(up_to_date, out_of_date, up_to_date), out_of_date);
    EXPECT_EQ(converge(sw_hardening_needed, up_to_date, out_of_date), out_of_date);
    EXPECT_EQ(converge(configuration_and_sw_hardening_needed, out_of_date, std::nullopt),
              out_of_date_configuration_needed);
    EXPECT_EQ(converge(configuration_needed, up_to_date, up_to_date), configuration_needed);
}

TEST(TcbStatus, UnknownNamesAreRefused) {
    EXPECT_FALSE(parse_tcb_status("UpToDateish"));
    EXPECT_EQ(parse_tcb_status("OutOfDate"), out_of_date);
}

TEST(Collateral, TheSignedBytesAreKeptAsTheyCame) {
    const auto document =
        split_response(R"({ "x": {"tcbInfo": {}}, "tcbInfo" : {"a": "}\"{", "b":[1, 2] } ,"signature":")" +
                           std::string(128, 'a') + R"("})",
                       "tcbInfo");
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(document->body, R"({"a": "}\"{", "b":[1, 2] })");
}

TEST(Collateral, ADoubledMemberIsRefused) {
    EXPECT_FALSE(split_response(R"({"tcbInfo":{"a":1},"tcbInfo":{"a":2},"signature":")" +
                                    std::string(128, 'a') + R"("})",
                                "tcbInfo"));
}

TEST(Collateral, MasksDecideWhatCounts) {
    EXPECT_TRUE(equal_under_mask("\x11", "\x01", "\x0f"));
    EXPECT_FALSE(equal_under_mask("\x11", "\x01", "\xff"));
    EXPECT_FALSE(equal_under_mask("\x11\x11", "\x11", "\x00"));
}

} // namespace
} // namespace redoubt::tee::tdx
