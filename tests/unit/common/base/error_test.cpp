// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace redoubt {
namespace {

Result<int> half_of(int value) {
    if (value % 2 != 0) return fail(Code::invalid_argument, "{} is odd", value);
    return value / 2;
}

Result<int> quarter_of(int value) {
    RDT_TRY(const int half, half_of(value));
    return half_of(half).transform_error(context("quarter of {}", value));
}

TEST(Error, TryReturnsTheFirstFailure) {
    EXPECT_EQ(quarter_of(8), 2);
    EXPECT_EQ(quarter_of(3).error(), (Error{Code::invalid_argument, "3 is odd"}));
}

TEST(Error, ContextStandsInFrontOfTheMessage) {
    EXPECT_EQ(quarter_of(6).error().message, "quarter of 6: 3 is odd");
}

TEST(Error, ErrnoDecidesTheCode) {
    const Status status = fail_errno(ENOSPC, "write {}", "layer");
    EXPECT_EQ(status.error().code, Code::resource_exhausted);
    EXPECT_EQ(status.error().message, "write layer: No space left on device");
}

TEST(Error, CodesHaveTheirCanonicalNames) {
    EXPECT_EQ(name_of(Code::unauthenticated), "UNAUTHENTICATED");
    EXPECT_EQ(name_of(Code::cancelled), "CANCELLED");
}

} // namespace
} // namespace redoubt
