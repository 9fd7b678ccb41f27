// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/loopback.hpp"

#include <gtest/gtest.h>

namespace redoubt::http {
namespace {

TEST(Loopback, IsThisMachine) {
    for (const auto* host : {"localhost", "127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"})
        EXPECT_TRUE(is_loopback(host)) << host;
}

TEST(Loopback, IsNoNameThatBeginsLikeOne) {
    for (const auto* host : {"", "127.0.0.1.example", "127.example", "localhost.example", "a.localhost",
                             "128.0.0.1", "10.127.0.1", "0.0.0.0", "::", "[::1]", "::ffff:127.0.0.1"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

} // namespace
} // namespace redoubt::http
