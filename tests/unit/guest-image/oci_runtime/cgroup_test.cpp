// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/cgroup.hpp"

#include <gtest/gtest.h>

namespace redoubt::guest::oci_runtime {
namespace {

TEST(BlockUsage, IsALineADevice) {
    const auto all =
        parse_block_usage("8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n254:0 wios=9\n");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].major, 8U);
    EXPECT_EQ(all[0].minor, 16U);
    EXPECT_EQ(all[0].read_bytes, 1U);
    EXPECT_EQ(all[0].written_bytes, 2U);
    EXPECT_EQ(all[0].reads, 3U);
    EXPECT_EQ(all[0].writes, 4U);
    EXPECT_EQ(all[1].writes, 9U);
}

TEST(BlockUsage, SkipsWhatIsNoLine) {
    EXPECT_TRUE(parse_block_usage("").empty());
    EXPECT_TRUE(parse_block_usage("nonsense\n\n8 16\n").empty());
    EXPECT_EQ(parse_block_usage("8:0 rbytes rbytes= rbytes=x =5\n").at(0).read_bytes, 0U);
}

} // namespace
} // namespace redoubt::guest::oci_runtime
