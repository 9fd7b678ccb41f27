// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/file.hpp"

#include <gtest/gtest.h>

namespace redoubt {
namespace {

TEST(File, WhatIsWrittenIsReadBack) {
    const auto path = std::filesystem::path(testing::TempDir()) / "redoubt-file-test";
    ASSERT_TRUE(write_file(path, "one\n"));
    ASSERT_TRUE(write_file(path, "two\n"));
    EXPECT_EQ(read_file(path).value(), "two\n");
    EXPECT_FALSE(std::filesystem::exists(path.native() + ".new"));
    std::filesystem::remove(path);
}

TEST(File, ReadNamesAMissingFile) {
    const auto result = read_file("/nonexistent/x");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::not_found);
    EXPECT_EQ(result.error().message, "open /nonexistent/x: No such file or directory");
}

TEST(File, ReadStopsAtItsLimit) {
    const auto result = read_file("/dev/zero", 1000);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::resource_exhausted);
}

} // namespace
} // namespace redoubt
