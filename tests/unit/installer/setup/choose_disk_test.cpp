// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/choose_disk.hpp"

#include <gmock/gmock.h>

namespace redoubt::installer {
namespace {

using testing::HasSubstr;

Disk disk(std::string path = "/dev/sda", std::string serial = "A1") {
    return {.path = std::move(path), .serial = std::move(serial), .bytes = k_least_disk};
}

appliance::Answers wanting(std::string where, bool erase = false) {
    appliance::Answers answers;
    answers.disk = std::move(where);
    answers.erase = erase;
    return answers;
}

std::string refusal(const std::vector<Disk>& disks, const appliance::Answers& answers) {
    const auto chosen = choose_disk(disks, answers);
    return chosen ? "(accepted)" : chosen.error().message;
}

TEST(ChooseDisk, TakesTheOneWithTheSerialNumberOrThePath) {
    const std::vector disks = {disk(), disk("/dev/sdb", "B2")};
    EXPECT_EQ(choose_disk(disks, wanting("B2"))->path, "/dev/sdb");
    EXPECT_EQ(choose_disk(disks, wanting("/dev/sda"))->path, "/dev/sda");
}

TEST(ChooseDisk, TakesTheOnlyOneThatIsNotTheMedium) {
    auto medium = disk("/dev/sdb", "");
    medium.is_medium = true;
    EXPECT_EQ(choose_disk({medium, disk()}, wanting("only"))->path, "/dev/sda");
    EXPECT_THAT(refusal({disk(), disk("/dev/sdc", "C3")}, wanting("only")),
                HasSubstr("more than one disk: /dev/sda"));
}

TEST(ChooseDisk, NamesTheDisksThereAreWhenNoneIsMeant) {
    EXPECT_THAT(refusal({disk()}, wanting("Z9")),
                HasSubstr("no disk is 'Z9'; there are: /dev/sda (8 GiB, serial A1)"));
    EXPECT_THAT(refusal({}, wanting("only")), HasSubstr("there are: none"));
}

TEST(ChooseDisk, RefusesOneThatIsTooSmall) {
    auto small = disk();
    small.bytes = k_least_disk - 1;
    EXPECT_THAT(refusal({small}, wanting("A1", true)),
                HasSubstr("/dev/sda has 8191 MiB; 8192 MiB are needed"));
}

TEST(ChooseDisk, RefusesOneThatHasSomethingUnlessThatMayGo) {
    auto full = disk();
    full.content = "a partition table (gpt)";
    EXPECT_THAT(refusal({full}, wanting("A1")), HasSubstr("not empty: it has a partition table (gpt)"));
    EXPECT_TRUE(choose_disk({full}, wanting("A1", true)));
}

TEST(ChooseDisk, RefusesTheMediumAndWhatIsReadOnlyEvenWhenTheyMayBeErased) {
    auto medium = disk();
    medium.is_medium = true;
    EXPECT_THAT(refusal({medium}, wanting("A1", true)), HasSubstr("being installed from"));
    auto fixed = disk();
    fixed.read_only = true;
    EXPECT_THAT(refusal({fixed}, wanting("A1", true)), HasSubstr("read-only"));
}

} // namespace
} // namespace redoubt::installer
