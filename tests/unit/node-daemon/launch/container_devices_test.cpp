// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_devices.hpp"

#include <gtest/gtest.h>

namespace redoubt::node::launch {
namespace {

Result<ContainerDevices> choose(std::vector<std::string> devices) {
    ContainerConfig request;
    request.devices = std::move(devices);
    return choose_devices(request);
}

TEST(ContainerDevices, AreNodesOfTheGuestAndRulesForThem) {
    const auto chosen = choose({"/dev/fuse", "/dev/kmsg:r", "/dev/hwrng:/dev/random-too:rw"}).value();
    ASSERT_EQ(chosen.nodes.size(), 3U);
    EXPECT_EQ(chosen.nodes[0].path, "/dev/fuse");
    EXPECT_EQ(chosen.nodes[0].major, 10);
    EXPECT_EQ(chosen.nodes[0].minor, 229);
    EXPECT_EQ(chosen.rules[0].access, "rwm");
    EXPECT_EQ(chosen.nodes[1].path, "/dev/kmsg");
    EXPECT_EQ(chosen.rules[1].access, "r");
    EXPECT_EQ(chosen.nodes[2].path, "/dev/random-too");
    EXPECT_EQ(chosen.rules[2].minor, 183);
}

TEST(ContainerDevices, OfTheHostAreNotPassedOn) {
    const auto refused = choose({"/dev/sda:/dev/xvdc"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unimplemented);
    EXPECT_TRUE(refused.error().message.starts_with("device '/dev/sda': a micro-VM has devices of its own"));
}

TEST(ContainerDevices, RefuseWhatIsNoDevice) {
    for (const std::string text :
         {"", "fuse", "/dev/fuse:x", "/dev/fuse:/dev/../x", "/dev/fuse:/a:r:w", "/dev/fuse:/a:q"}) {
        const auto refused = choose({text});
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code, Code::invalid_argument) << text;
    }
    EXPECT_EQ(choose({"/dev/fuse", "/dev/kmsg:/dev/fuse"}).error().message, "two devices at '/dev/fuse'");
}

} // namespace
} // namespace redoubt::node::launch
