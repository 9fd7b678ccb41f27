// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "node-daemon/api/encode.hpp"

namespace redoubt::node::api {
namespace {

pb::ContainerSpec valid_spec() {
    pb::ContainerSpec spec;
    spec.set_image("busybox");
    return spec;
}

std::string error_of(const pb::ContainerSpec& spec) {
    const auto decoded = decode(spec);
    return decoded ? "no error" : decoded.error().message;
}

TEST(Decode, NamesTheFieldOfASpecificationThatIsWrong) {
    EXPECT_EQ(error_of(valid_spec()), "no error");
    auto spec = valid_spec();
    spec.set_cpus(std::numeric_limits<double>::quiet_NaN());
    EXPECT_EQ(error_of(spec), "cpus: nan is not a number of processors");
    spec = valid_spec();
    spec.add_command(std::string("a\0b", 3));
    EXPECT_EQ(error_of(spec), "command: holds a NUL byte");
    spec = valid_spec();
    spec.add_command(std::string(200'000, 'x'));
    EXPECT_EQ(error_of(spec), "command: a word of 200000 bytes; at most 131072 are allowed");
    spec = valid_spec();
    spec.add_environment()->set_name("A=B");
    EXPECT_EQ(error_of(spec), "environment: 'A=B' is not a name");
    spec = valid_spec();
    spec.set_without_entrypoint(true);
    spec.add_entrypoint("sh");
    EXPECT_EQ(error_of(spec), "entrypoint: given although without_entrypoint is set");
}

TEST(Decode, MountsLimitsAndPoliciesGoBothWays) {
    auto spec = valid_spec();
    auto* mount = spec.add_mounts();
    mount->set_kind(pb::Mount::TMPFS);
    mount->set_target("/m");
    mount->set_tmpfs_bytes(4096);
    mount->set_tmpfs_mode(0);
    mount->add_options("exec");
    mount = spec.add_mounts();
    mount->set_kind(pb::Mount::VOLUME);
    mount->set_source("data");
    mount->set_target("/data");
    mount->set_without_copy(true);
    spec.add_added_capabilities("NET_ADMIN");
    spec.set_privileged(true);
    spec.set_shm_bytes(7);
    spec.add_devices("/dev/fuse:rw");
    auto* limit = spec.add_ulimits();
    limit->set_name("core");
    limit->set_hard(5);
    spec.mutable_restart()->set_kind(pb::RestartPolicy::ON_FAILURE);
    spec.mutable_restart()->set_most_retries(3);
    const auto decoded = decode(spec);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(decoded->mounts[0].tmpfs_mode, 0U) << "said, though it is nothing";
    EXPECT_EQ(decoded->mounts[1].source, "data");
    const auto again = encode(*decoded);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(again.mounts(i).SerializeAsString(), spec.mounts(i).SerializeAsString());
    EXPECT_EQ(again.restart().SerializeAsString(), spec.restart().SerializeAsString());
    EXPECT_EQ(again.ulimits(0).SerializeAsString(), spec.ulimits(0).SerializeAsString());
    EXPECT_TRUE(again.privileged());
    EXPECT_EQ(again.shm_bytes(), 7U);
    EXPECT_EQ(again.devices(0), "/dev/fuse:rw");
}

TEST(Decode, AMountOfNoKindIsRefused) {
    auto spec = valid_spec();
    spec.add_mounts()->set_target("/x");
    EXPECT_EQ(error_of(spec), "mounts: '/x': kind 0 is not known");
}

TEST(Decode, TellsNoTailFromATailOfZero) {
    pb::LogsRequest request;
    request.set_container("web");
    EXPECT_EQ(decode(request)->tail, std::nullopt);
    request.set_tail(0);
    EXPECT_EQ(decode(request)->tail, 0U);
}

TEST(Decode, AnExecNeedsACommand) {
    pb::ExecStart start;
    start.set_container("web");
    EXPECT_EQ(decode(start).error(), (Error{Code::invalid_argument, "command: must not be empty"}));
}

TEST(Decode, CredentialsNeedAName) {
    pb::PullImageRequest request;
    request.set_reference("busybox");
    EXPECT_FALSE(decode(request)->credentials.has_value());
    request.mutable_credentials()->set_password("secret");
    EXPECT_EQ(decode(request).error().message, "credentials.username: must not be empty");
}

} // namespace
} // namespace redoubt::node::api
