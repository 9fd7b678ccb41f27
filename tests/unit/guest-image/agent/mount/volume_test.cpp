// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/volume.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "common/base/file.hpp"

namespace redoubt::guest::mount {
namespace {

TEST(Volume, TellsHowFullItIs) {
    const auto place = open_file("/tmp", O_PATH);
    ASSERT_TRUE(place);
    const auto usage = volume_usage(place->get());
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->bytes.total, 0U);
    EXPECT_LE(usage->bytes.used + usage->bytes.available, usage->bytes.total);
}

TEST(Volume, OnlyExt4Grows) {
    const auto place = open_file("/proc", O_RDONLY | O_DIRECTORY);
    ASSERT_TRUE(place);
    EXPECT_EQ(grow_volume(place->get(), 0).error().code, Code::failed_precondition);
}

TEST(Volume, SwapNeedsASwapArea) {
    const auto added = add_swap("/dev/null");
    ASSERT_FALSE(added);
    EXPECT_TRUE(added.error().message.contains("/dev/null") ||
                added.error().code == Code::failed_precondition);
}

} // namespace
} // namespace redoubt::guest::mount
