// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/netlink/message.hpp"

#include <gtest/gtest.h>
#include <linux/netlink.h>

#include "common/encoding/hex.hpp"

namespace redoubt::netlink {
namespace {

TEST(NetlinkRequest, IsHeaderFixedPartAndPaddedAttributes) {
    Request request(0x10, NLM_F_ACK);
    request.fixed(std::uint32_t{0x11223344}).put_text(3, "lo");
    // length, type, flags REQUEST|ACK, sequence, port; fixed part; attribute of 4+3 bytes and one of padding
    EXPECT_EQ(encoding::to_hex(request.finish(7)), "1c000000"
                                                   "1000"
                                                   "0500"
                                                   "07000000"
                                                   "00000000"
                                                   "44332211"
                                                   "07000300"
                                                   "6c6f0000");
}

TEST(NetlinkRequest, NestsAttributesAndSaysTheirLength) {
    Request request(0x10, 0);
    request.nest(2,
                 [&] { request.put_value(1, std::uint32_t{5}).nest(9, [&] { request.put_text(4, "x"); }); });
    const auto bytes = request.finish(1);
    const auto messages = split_messages(bytes);
    ASSERT_TRUE(messages);
    const auto outer = Attributes::parse(messages->front().payload);
    ASSERT_TRUE(outer);
    const auto inner = outer->nested(2);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->number(1), 5U);
    EXPECT_EQ(inner->nested(9)->text(4), "x");
}

TEST(NetlinkAnswer, OfSeveralMessagesIsSplit) {
    Request first(1, 0);
    first.put_text(1, "a");
    Request second(2, 0);
    const auto bytes = first.finish(1) + second.finish(2);
    const auto messages = split_messages(bytes);
    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 2U);
    EXPECT_EQ((*messages)[1].type, 2);
    EXPECT_EQ((*messages)[1].sequence, 2U);
    EXPECT_TRUE((*messages)[1].payload.empty());
}

TEST(NetlinkAnswer, WithALengthThatCannotBeIsRefused) {
    Request request(1, 0);
    request.put_text(1, "abc");
    const auto good = request.finish(1);
    for (std::size_t cut = 1; cut < good.size(); ++cut)
        EXPECT_FALSE(split_messages(good.substr(0, cut))) << cut;
    EXPECT_FALSE(Attributes::parse(std::string_view("\x03\x00\x01\x00", 4))) << "shorter than its header";
    EXPECT_FALSE(Attributes::parse(std::string_view("\xff\x00\x01\x00", 4))) << "longer than what there is";
}

TEST(NetlinkAttributes, ThatAreMissingOrOfAnotherSizeAreEmptyOrZero) {
    Request request(1, 0);
    request.put_text(1, "abcdef");
    const auto bytes = request.finish(1);
    const auto attributes = Attributes::parse(split_messages(bytes)->front().payload);
    ASSERT_TRUE(attributes);
    EXPECT_EQ(attributes->number(1), 0U);
    EXPECT_EQ(attributes->text(2), "");
    EXPECT_FALSE(attributes->has(2));
    EXPECT_TRUE(attributes->nested(2)->all().empty());
}

} // namespace
} // namespace redoubt::netlink
