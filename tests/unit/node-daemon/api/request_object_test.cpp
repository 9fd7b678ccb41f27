// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/request_object.hpp"

#include <gtest/gtest.h>

#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {
namespace {

namespace v1 = redoubt::node::v1;

TEST(RequestObject, IsWhatTheRequestNames) {
    v1::StopContainerRequest stop;
    stop.set_container("web");
    EXPECT_EQ(object_of(stop), "web");
    v1::RemoveImageRequest remove;
    remove.set_image("busybox");
    EXPECT_EQ(object_of(remove), "busybox");
    v1::PullImageRequest pull;
    pull.set_reference("registry.test/app:1");
    EXPECT_EQ(object_of(pull), "registry.test/app:1");
    EXPECT_EQ(object_of(v1::ListPodsRequest()), "");
}

TEST(RequestObject, OfARenamedContainerIsTheOneThatIsThere) {
    v1::RenameContainerRequest rename;
    rename.set_container("old");
    rename.set_name("new");
    EXPECT_EQ(object_of(rename), "old");
}

TEST(RequestObject, OfOneThatIsMadeIsItsNameElseItsImage) {
    v1::CreateContainerRequest create;
    create.mutable_spec()->set_image("busybox");
    EXPECT_EQ(object_of(create), "busybox");
    create.mutable_spec()->set_name("web");
    EXPECT_EQ(object_of(create), "web");
}

TEST(RequestObject, OfAStreamIsInItsFirstMessage) {
    v1::ExecRequest exec;
    EXPECT_EQ(object_of(exec), "");
    exec.mutable_start()->set_container("web");
    EXPECT_EQ(object_of(exec), "web");
    exec.set_stdin("container");
    EXPECT_EQ(object_of(exec), "");
}

TEST(RequestObject, IsShortHoweverLongTheTextIs) {
    v1::StopContainerRequest stop;
    stop.set_container(std::string(100'000, 'x'));
    EXPECT_EQ(object_of(stop).size(), 256U);
    std::string letters = "x";
    for (int i = 0; i < 200; ++i) letters += "é"; // two bytes
    stop.set_container(letters);
    EXPECT_EQ(object_of(stop).size(), 255U) << "no half letter";
}

} // namespace
} // namespace redoubt::node::api
