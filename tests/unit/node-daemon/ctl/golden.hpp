// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "common/base/file.hpp"

namespace redoubt::ctl {

/// Compares with tests/golden/node-daemon/ctl/NAME. With REDOUBT_UPDATE_GOLDEN set, writes the file instead.
inline void expect_golden(const std::string& name, const std::string& text) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    ASSERT_NE(source, nullptr) << "run through ctest, or set REDOUBT_SOURCE to the tree";
    const std::string path = std::string(source) + "/tests/golden/node-daemon/ctl/" + name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
        return;
    }
    const auto expected = read_file(path);
    ASSERT_TRUE(expected) << expected.error().message;
    EXPECT_EQ(text, *expected) << name << " differs; REDOUBT_UPDATE_GOLDEN=1 writes it anew";
}

} // namespace redoubt::ctl
