// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/byte_tail.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::hypervisor::qemu {
namespace {

TEST(ByteTail, KeepsTheLastBytesHoweverTheyArrive) {
    ByteTail tail(4);
    tail.append("ab");
    EXPECT_EQ(tail.text(), "ab");
    tail.append("cdef");
    EXPECT_EQ(tail.text(), "cdef");
    tail.append("0123456789");
    EXPECT_EQ(tail.text(), "6789");
    for (int i = 0; i < 100; ++i) tail.append("xy");
    EXPECT_EQ(tail.text(), "xyxy");
}

TEST(ByteTail, LastLineSkipsBlankEnds) {
    ByteTail tail(100);
    EXPECT_EQ(tail.last_line(), "");
    tail.append("\n \r\n");
    EXPECT_EQ(tail.last_line(), "");
    tail.append("first\r\nqemu: no such file\r\n\n");
    EXPECT_EQ(tail.last_line(), "qemu: no such file");
}

} // namespace
} // namespace redoubt::node::hypervisor::qemu
