// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rcar/resource_uri.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::rcar {
namespace {

TEST(ResourcePath, IsWhatFollowsTheHost) {
    EXPECT_EQ(resource_path("kbs:///repo/type/tag"), "repo/type/tag");
    EXPECT_EQ(resource_path("kbs://broker.test:80/my-repo/k_1/v1.2"), "my-repo/k_1/v1.2");
}

TEST(ResourcePath, IsOfThreePartsWithoutAnythingElse) {
    for (const std::string text : {"", "kbs://", "kbs:///", "kbs:///a/b", "kbs:///a/b/", "kbs:///a/b/c/d",
                                   "kbs:///a//c", "kbs:///../b/c", "kbs:///a/b/c?x=y", "kbs:///a/b/c%2fd",
                                   "kbs:///a/b/c d", "http:///a/b/c", "kbs:///a/b/c\r\nX: y"})
        EXPECT_EQ(resource_path(text).error().code, Code::invalid_argument) << text;
    EXPECT_FALSE(resource_path("kbs:///a/b/" + std::string(2000, 'c')));
}

} // namespace
} // namespace redoubt::rcar
