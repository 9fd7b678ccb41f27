// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/device_mapper.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace redoubt::guest::mount {
namespace {

VerityTarget target() {
    return {"/dev/sda", std::string(64, 'a'), "00ff", 100};
}

TEST(DeviceMapper, TheHashTreeBeginsBehindTheData) {
    EXPECT_EQ(render_verity_table(target()),
              "1 /dev/sda /dev/sda 4096 4096 100 100 sha256 " + std::string(64, 'a') + " 00ff");
}

TEST(DeviceMapper, NoSaltIsADash) {
    auto without = target();
    without.salt = "";
    EXPECT_TRUE(render_verity_table(without).ends_with(" -"));
    EXPECT_TRUE(check_verity_target(without));
}

TEST(DeviceMapper, LetsNoWordIntoTheTableThatIsNotHex) {
    for (const auto& bad :
         std::vector<std::string>{"", "aa", "A", std::string(64, 'g'), std::string(63, 'a') + " "}) {
        auto wrong = target();
        wrong.root_hash = bad;
        EXPECT_FALSE(check_verity_target(wrong)) << bad;
    }
    for (const auto& bad :
         std::vector<std::string>{"a", "zz", "00 1 ignore_corruption", std::string(514, '0')}) {
        auto wrong = target();
        wrong.salt = bad;
        EXPECT_FALSE(check_verity_target(wrong)) << bad;
    }
}

TEST(DeviceMapper, RefusesBlockCountsThatOverflowSectors) {
    for (const std::uint64_t bad : {std::uint64_t{0}, ~std::uint64_t{0}, (std::uint64_t{1} << 40) + 1}) {
        auto wrong = target();
        wrong.data_blocks = bad;
        EXPECT_FALSE(check_verity_target(wrong)) << bad;
    }
}

} // namespace
} // namespace redoubt::guest::mount
