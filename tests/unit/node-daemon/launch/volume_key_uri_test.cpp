// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/volume_key_uri.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::node::launch {
namespace {

TEST(VolumeKeyUri, NamesAResourceInThreeParts) {
    for (const char* uri : {"kbs:///default/volume/db", "kbs:///a/b/c", "kbs:///A_1/b-2/c.3"})
        EXPECT_TRUE(check_volume_key(uri)) << uri;
}

TEST(VolumeKeyUri, RefusesEverythingElse) {
    for (const std::string& uri :
         {std::string(), std::string("kbs:///"), std::string("kbs:///a/b"), std::string("kbs:///a/b/"),
          std::string("kbs:///a/b/c/d"), std::string("kbs:///a//c"), std::string("kbs://host/a/b/c"),
          std::string("kbs:///../b/c"), std::string("kbs:///a/.b/c"), std::string("kbs:///a/b/c d"),
          std::string("kbs:///a/b/c\n"), std::string("file:///a/b/c"), std::string("ephemeral"),
          "kbs:///a/b/" + std::string(1024, 'c')})
        EXPECT_EQ(check_volume_key(uri).error().code, Code::invalid_argument) << uri;
}

} // namespace
} // namespace redoubt::node::launch
