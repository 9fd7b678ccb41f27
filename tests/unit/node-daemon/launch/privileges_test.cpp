// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/privileges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "node-daemon/launch/container_spec.hpp"

namespace redoubt::node::launch {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Words = std::vector<std::string>;

Result<Words> choose(Words added, Words dropped, bool privileged = false) {
    ContainerConfig request;
    request.added_capabilities = std::move(added);
    request.dropped_capabilities = std::move(dropped);
    request.privileged = privileged;
    return choose_capabilities(request);
}

TEST(Privileges, AddAndDropFromPodmansDefault) {
    EXPECT_EQ(choose({}, {}).value().size(), 14U);
    const auto chosen = choose({"net_admin", "CAP_SYS_TIME"}, {"MKNOD"}).value();
    EXPECT_THAT(chosen, Contains("CAP_NET_ADMIN"));
    EXPECT_THAT(chosen, Contains("CAP_SYS_TIME"));
    EXPECT_THAT(chosen, Not(Contains("CAP_MKNOD")));
    EXPECT_THAT(choose({"CHOWN"}, {"all"}).value(), ElementsAre("CAP_CHOWN"));
    EXPECT_EQ(choose({"ALL"}, {"SYS_ADMIN"}).value().size(), 40U);
    EXPECT_EQ(choose({}, {}, true).value().size(), 41U);
}

TEST(Privileges, ContradictionsAndUnknownNamesAreErrors) {
    EXPECT_THAT(choose({"FLY"}, {}).error().message, HasSubstr("'FLY': Linux has none"));
    EXPECT_THAT(choose({"ALL"}, {"ALL"}).error().message, HasSubstr("at once"));
    EXPECT_THAT(choose({"KILL"}, {"kill"}).error().message, HasSubstr("'KILL' is added and dropped"));
}

TEST(Privileges, LimitsTakeTheDefaultsPlace) {
    ContainerConfig request;
    request.ulimits = {{.type = "nofile", .hard = 20, .soft = 10},
                       {.type = "core", .hard = std::numeric_limits<std::uint64_t>::max(), .soft = 0}};
    const auto limits = choose_limits(request).value();
    ASSERT_EQ(limits.size(), 2U);
    EXPECT_EQ(limits[0].type, "RLIMIT_NOFILE");
    EXPECT_EQ(limits[0].soft, 10U);
    EXPECT_EQ(limits[1].type, "RLIMIT_CORE");
    request.ulimits = {{.type = "luck", .hard = 1, .soft = 1}};
    EXPECT_THAT(choose_limits(request).error().message, HasSubstr("ulimit 'luck'"));
    request.ulimits = {{.type = "nproc", .hard = 1, .soft = 2}};
    EXPECT_THAT(choose_limits(request).error().message, HasSubstr("beyond the hard limit"));
}

bool denies(const oci::Spec& spec, const std::string& call) {
    return std::ranges::any_of(spec.linux_part.seccomp->rules,
                               [&call](const auto& rule) { return std::ranges::contains(rule.names, call); });
}

TEST(Privileges, ACapabilityBringsItsCalls) {
    ContainerConfig request;
    request.id = ContainerId("0123456789abcdef");
    request.command = {"sh"};
    auto spec = make_container_spec(request, {}, "/box").value();
    EXPECT_TRUE(denies(spec, "mount") && denies(spec, "clone3") && denies(spec, "settimeofday"));
    request.added_capabilities = {"SYS_ADMIN"};
    spec = make_container_spec(request, {}, "/box").value();
    EXPECT_FALSE(denies(spec, "mount") || denies(spec, "clone3"));
    EXPECT_TRUE(denies(spec, "settimeofday") && denies(spec, "io_uring_setup"));
}

TEST(Privileges, PrivilegedIsWithoutFilterMasksAndDeviceRules) {
    ContainerConfig request;
    request.id = ContainerId("0123456789abcdef");
    request.command = {"sh"};
    request.privileged = true;
    const auto spec = make_container_spec(request, {}, "/box").value();
    EXPECT_FALSE(spec.linux_part.seccomp);
    EXPECT_TRUE(spec.linux_part.masked_paths.empty() && spec.linux_part.readonly_paths.empty());
    ASSERT_EQ(spec.linux_part.resources.devices.size(), 1U);
    EXPECT_TRUE(spec.linux_part.resources.devices[0].allow);
}

} // namespace
} // namespace redoubt::node::launch
