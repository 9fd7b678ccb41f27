// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/ask.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace redoubt::installer {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<Disk> disks() {
    Disk medium{.path = "/dev/sr0", .bytes = k_least_disk, .read_only = true, .is_medium = true};
    Disk small{.path = "/dev/sdb", .serial = "B2", .bytes = k_least_disk / 2};
    Disk full{.path = "/dev/sdc", .serial = "C3", .bytes = k_least_disk, .content = "a file system (ext4)"};
    return {{.path = "/dev/sda", .serial = "A1", .bytes = k_least_disk}, medium, small, full};
}

/// What is said to the lines that a person types, and what becomes of them.
struct Conversation {
    std::string heard;
    Result<appliance::Answers> result;

    explicit Conversation(const std::string& typed, const std::vector<Disk>& shown = disks())
        : result(talk(typed, shown)) {}

    Result<appliance::Answers> talk(const std::string& typed, const std::vector<Disk>& shown) {
        std::istringstream in(typed);
        std::ostringstream out;
        auto answers = ask_for_answers(in, out, shown);
        heard = out.str();
        return answers;
    }
};

TEST(Ask, TakesADiskAndOtherwiseWhatIsUsual) {
    const Conversation with("1\n\n\n\nyes\n");
    ASSERT_TRUE(with.result) << with.result.error().message;
    EXPECT_EQ(with.result->disk, "/dev/sda");
    EXPECT_FALSE(with.result->erase);
    EXPECT_EQ(with.result->host_name, "redoubt");
    EXPECT_THAT(with.heard, HasSubstr("nobody can manage the node from outside yet"));
}

TEST(Ask, RefusesADiskThatIsNotThereAndAsksAgain) {
    const Conversation with("7\nsda\n1\n\n\n\nyes\n");
    EXPECT_TRUE(with.result);
    EXPECT_THAT(with.heard, HasSubstr("refused: '7' is none of the numbers 1 to 4"));
    EXPECT_THAT(with.heard, HasSubstr("refused: 'sda' is none"));
}

TEST(Ask, RefusesTheMediumAndADiskThatIsTooSmall) {
    const Conversation with("2\n3\n1\n\n\n\nyes\n");
    EXPECT_TRUE(with.result);
    EXPECT_THAT(with.heard, HasSubstr("refused: /dev/sr0 is what is being installed from"));
    EXPECT_THAT(with.heard, HasSubstr("refused: /dev/sdb has 4096 MiB; 8192 MiB are needed"));
}

TEST(Ask, ErasesADiskOnlyWhenItsNameIsTyped) {
    const Conversation with("4\nyes\n4\n/dev/sdc\n\n\n\nyes\n");
    ASSERT_TRUE(with.result) << with.result.error().message;
    EXPECT_THAT(with.heard, HasSubstr("/dev/sdc has a file system (ext4). All of it would be lost."));
    EXPECT_THAT(with.heard, HasSubstr("refused: 'yes' is not /dev/sdc: it is left as it is"));
    EXPECT_TRUE(with.result->erase);
    EXPECT_THAT(with.heard, HasSubstr("/dev/sdc, ERASED"));
}

TEST(Ask, RefusesNamesAndAddressesThatAreNone) {
    const Conversation with("1\nA.b\nn1\n192.0.2.7\n192.0.2.7/24\nrouter\n192.0.2.1\n\n\nyes\n");
    ASSERT_TRUE(with.result) << with.result.error().message;
    EXPECT_THAT(with.heard, HasSubstr("refused: answer: system.name"));
    EXPECT_THAT(with.heard, HasSubstr("refused: answer: network.addresses"));
    EXPECT_THAT(with.heard, HasSubstr("refused: answer: network.gateway"));
    EXPECT_EQ(with.result->host_name, "n1");
    EXPECT_THAT(with.result->addresses, testing::ElementsAre("192.0.2.7/24"));
}

TEST(Ask, RefusesACertificateThatIsNone) {
    const Conversation with(
        "1\n\n\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n/nowhere\n\nyes\n");
    ASSERT_TRUE(with.result) << with.result.error().message;
    EXPECT_THAT(with.heard, HasSubstr("refused: answer: administrator.certificate: not a certificate"));
    EXPECT_THAT(with.heard, HasSubstr("refused: open /nowhere"));
    EXPECT_THAT(with.result->administrator, testing::IsEmpty());
}

TEST(Ask, EndsWithoutConsentOrWithoutAnybody) {
    EXPECT_THAT(Conversation("1\n\n\n\nno\n").result.error().message,
                HasSubstr("not confirmed: nothing was written"));
    EXPECT_THAT(Conversation("1\n\n").result.error().message, HasSubstr("nobody answers any more"));
    EXPECT_THAT(Conversation("1\n", {}).result.error().message, HasSubstr("no disk"));
}

} // namespace
} // namespace redoubt::installer
