// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/host/core_files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace redoubt::node::host {
namespace {

TEST(CoreFiles, AreForbiddenAndMayBeAskedForAgain) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before), 0);
    ASSERT_TRUE(forbid_core_files());
    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_CORE, &after), 0);
    EXPECT_EQ(after.rlim_cur, 0U);
    EXPECT_EQ(after.rlim_max, before.rlim_max);
    EXPECT_EQ(::setrlimit(RLIMIT_CORE, &before), 0);
}

} // namespace
} // namespace redoubt::node::host
