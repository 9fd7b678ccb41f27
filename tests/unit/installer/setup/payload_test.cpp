// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/payload.hpp"

#include <gmock/gmock.h>

#include "common/base/file.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::installer {
namespace {

TEST(HashRange, IsOfThePartAskedForAndFailsWhereTheFileEnds) {
    const auto path = std::filesystem::path(testing::TempDir()) / "hash-range";
    ASSERT_TRUE(write_file(path, "0123456789"));
    EXPECT_EQ(hash_range(path, 2, 3), crypto::digest_of("234")->hex());
    const auto beyond = hash_range(path, 8, 3);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, Code::data_loss);
}

} // namespace
} // namespace redoubt::installer
