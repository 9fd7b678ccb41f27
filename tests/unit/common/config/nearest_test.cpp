// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace redoubt::config {
namespace {

const std::vector<std::string> k_keys{"sandbox.boot_timeout", "sandbox.stop_timeout", "log.level",
                                      "state_dir"};

TEST(Nearest, CountsAddedDroppedChangedAndSwappedLetters) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", "abc"), 0U);
    EXPECT_EQ(edit_distance("abc", "axc"), 1U);
    EXPECT_EQ(edit_distance("abc", "acb"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsTheMisspelledKey) {
    EXPECT_EQ(nearest("sandbox.boot_timout", k_keys), "sandbox.boot_timeout");
    EXPECT_EQ(nearest("log.lvel", k_keys), "log.level");
    EXPECT_EQ(nearest("statedir", k_keys), "state_dir");
}

TEST(Nearest, SuggestsNothingForAnUnrelatedWord) {
    EXPECT_EQ(nearest("colour", k_keys), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'x'), k_keys), std::nullopt);
}

} // namespace
} // namespace redoubt::config
