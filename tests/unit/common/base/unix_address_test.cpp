// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/unix_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt {
namespace {

TEST(UnixAddress, TakesThePathThatJustFits) {
    const std::string path = "/" + std::string(106, 'a');
    const auto address = unix_address(path);
    ASSERT_TRUE(address);
    EXPECT_EQ(std::string(address->sun_path), path);
}

TEST(UnixAddress, RefusesAPathWithoutRoomForItsEnd) {
    const auto address = unix_address("/" + std::string(107, 'a'));
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt
