// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/vm_start.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

TEST(VmStart, IsAsTheAnnotationSays) {
    EXPECT_TRUE(may_be_clone({}).value());
    EXPECT_TRUE(may_be_clone({{"io.redoubt.vm.start", "clone"}}).value());
    EXPECT_FALSE(may_be_clone({{"io.redoubt.vm.start", "boot"}}).value());
    const auto wrong = may_be_clone({{"io.redoubt.vm.start", "cold"}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(), (Error{Code::invalid_argument,
                                    "annotation io.redoubt.vm.start: 'cold' is neither boot nor clone"}));
}

} // namespace
} // namespace redoubt::node::launch
