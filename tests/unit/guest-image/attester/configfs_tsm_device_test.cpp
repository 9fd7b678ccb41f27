// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/configfs_tsm/configfs_tsm_device.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/base/file.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::attester::configfs_tsm {
namespace {

class ConfigfsTsmDeviceTest : public ttrpc::ConnectionTest {};

TEST_F(ConfigfsTsmDeviceTest, SaysThatThereIsNoSecureProcessorWhereTheKernelHasNone) {
    ConfigfsTsmDevice device("/nonexistent/report");
    const auto none = run(device.evidence_over(std::string(64, 'd')));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::failed_precondition);
    EXPECT_TRUE(none.error().message.contains("this guest has no secure processor")) << none.error().message;
    EXPECT_FALSE(has_secure_processor("/nonexistent/report"));
}

TEST_F(ConfigfsTsmDeviceTest, LeavesNoEntryBehindWhenAnythingFails) {
    const auto folder = std::filesystem::temp_directory_path() / "reports";
    std::filesystem::create_directory(folder);
    ConfigfsTsmDevice device(folder); // entries of a plain folder have no files in them
    EXPECT_FALSE(run(device.evidence_over(std::string(64, 'd'))));
    EXPECT_TRUE(std::filesystem::is_empty(folder));
    std::filesystem::remove(folder);
}

TEST_F(ConfigfsTsmDeviceTest, ExtendsARegisterByWritingItsFile) {
    const auto folder = std::filesystem::temp_directory_path() / "measurements";
    std::filesystem::create_directory(folder);
    ASSERT_TRUE(write_file(folder / "rtmr3:sha384", ""));
    ConfigfsTsmDevice device("/nonexistent/report", folder);
    EXPECT_TRUE(run(device.extend(3, std::string(48, 'd'))));
    EXPECT_EQ(read_file(folder / "rtmr3:sha384"), std::string(48, 'd'));
    // A kernel or a processor without the register.
    EXPECT_EQ(run(device.extend(2, std::string(48, 'd'))).error().code, Code::unimplemented);
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace redoubt::guest::attester::configfs_tsm
