// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/mac.hpp"

#include <gtest/gtest.h>

namespace redoubt::netlink {
namespace {

using namespace std::string_literals;

TEST(Mac, IsReadAsItIsWritten) {
    EXPECT_EQ(parse_mac("02:00:5e:10:AB:ff").value(), "\x02\x00\x5e\x10\xab\xff"s);
    EXPECT_EQ(render_mac("\x02\x00\x5e\x10\xab\xff"s), "02:00:5e:10:ab:ff");
}

TEST(Mac, ThatIsNoneIsRefusedByItsText) {
    for (const auto* text : {"", "02", "02:00:5e:10:ab", "02:00:5e:10:ab:ff:01", "02:00:5e:10:ab:ff:",
                             "02-00-5e-10-ab-ff", "2:0:5e:10:ab:ff", "02:00:5e:10:ab:fg", "02005e10abff"}) {
        const auto mac = parse_mac(text);
        ASSERT_FALSE(mac) << text;
        EXPECT_EQ(mac.error().message, "'" + std::string(text) + "' is not a MAC address");
    }
}

TEST(Mac, OfAnInterfaceWithoutOneIsEmpty) {
    EXPECT_EQ(render_mac(""), "");
    EXPECT_EQ(render_mac("\x7f\x00\x00\x01"s), "");
}

} // namespace
} // namespace redoubt::netlink
