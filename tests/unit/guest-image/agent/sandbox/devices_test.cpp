// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/devices.hpp"

#include <gtest/gtest.h>

namespace redoubt::guest::sandbox {
namespace {

oci::Linux spec_of_two() {
    oci::Linux spec;
    spec.devices = {{.path = "/dev/a", .type = "b", .major = 8, .minor = 16},
                    {.path = "/dev/b", .type = "b", .major = 8, .minor = 32}};
    spec.resources.devices = {{false, "a", -1, -1, "rwm"}, {true, "b", 8, 16, "rw"}, {true, "b", 8, 32, "r"}};
    return spec;
}

TEST(Devices, GetTheGuestsNumbersAllAtOnce) {
    auto spec = spec_of_two();
    ASSERT_TRUE(replace_devices(spec, {{"/dev/a", "b", 8, 32}, {"/dev/b", "b", 8, 48}}));
    EXPECT_EQ(spec.devices[0].minor, 32);
    EXPECT_EQ(spec.devices[1].minor, 48);
    EXPECT_EQ(spec.resources.devices[0].type, "a");
    EXPECT_EQ(spec.resources.devices[1].minor, 32);
    EXPECT_EQ(spec.resources.devices[2].minor, 48);
}

TEST(Devices, AreThoseOfTheSpecification) {
    auto spec = spec_of_two();
    EXPECT_EQ(replace_devices(spec, {{"/dev/c", "b", 8, 32}}).error().code, Code::invalid_argument);
}

TEST(Devices, AreLookedAt) {
    const auto null = look_at_device("/dev/null", "/dev/x");
    ASSERT_TRUE(null);
    EXPECT_EQ(null->type, "c");
    EXPECT_EQ(null->major, 1);
    EXPECT_EQ(null->minor, 3);
    EXPECT_EQ(look_at_device("/etc", "/dev/x").error().code, Code::failed_precondition);
    EXPECT_EQ(look_at_device("/dev/nosuch", "/dev/x").error().code, Code::not_found);
}

} // namespace
} // namespace redoubt::guest::sandbox
