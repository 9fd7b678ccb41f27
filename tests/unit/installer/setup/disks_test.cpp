// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/disks.hpp"

#include <gmock/gmock.h>

namespace redoubt::installer {
namespace {

using testing::ElementsAre;

TEST(Disks, AreThoseOfLsblkWithoutDrives) {
    const auto disks = parse_disks(R"({"blockdevices":[
        {"path":"/dev/sda","type":"disk","size":8589934592,"serial":"A1","ro":false,"pttype":null,"fstype":null,"label":null},
        {"path":"/dev/sdb","type":"disk","size":1,"serial":null,"ro":true,"pttype":"gpt","fstype":null,"label":null},
        {"path":"/dev/sdc","type":"disk","size":2,"serial":null,"ro":false,"pttype":null,"fstype":"iso9660","label":"REDOUBT_INSTALL"},
        {"path":"/dev/sr0","type":"rom","size":3,"serial":null,"ro":false,"pttype":null,"fstype":null,"label":null}]})");
    ASSERT_TRUE(disks) << disks.error().message;
    const Disk empty{.path = "/dev/sda", .serial = "A1", .bytes = 8589934592};
    const Disk full{.path = "/dev/sdb", .bytes = 1, .read_only = true, .content = "a partition table (gpt)"};
    const Disk medium{
        .path = "/dev/sdc", .bytes = 2, .is_medium = true, .content = "a file system (iso9660)"};
    EXPECT_THAT(*disks, ElementsAre(empty, full, medium));
}

TEST(Disks, WithoutASizeAreAnError) {
    const auto disks = parse_disks(R"({"blockdevices":[{"path":"/dev/sda","type":"disk"}]})");
    ASSERT_FALSE(disks);
    EXPECT_EQ(disks.error().message, "lsblk.blockdevices[0].size: missing");
}

} // namespace
} // namespace redoubt::installer
