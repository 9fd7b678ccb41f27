// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/grpc/caller.hpp"

#include <gtest/gtest.h>

#include "services/grpc/status.hpp"

namespace redoubt::services::rpc {
namespace {

http::Peer peer_of(std::string_view name) {
    http::Peer peer;
    read_peer(name, peer);
    return peer;
}

TEST(GrpcCaller, IsKnownByItsAddressWithoutThePort) {
    EXPECT_EQ(peer_of("ipv4:192.0.2.1:4711").address, "192.0.2.1");
    EXPECT_EQ(peer_of("ipv4:192.0.2.1:4711").group, "192.0.2.1");
    for (const auto* name : {"ipv6:%5B2001:db8::1%5D:4711", "ipv6:[2001:db8::1]:4711"}) {
        EXPECT_EQ(peer_of(name).address, "2001:db8::1");
        EXPECT_EQ(peer_of(name).group, "2001:db8::/64");
    }
    EXPECT_EQ(peer_of("ipv6:%5B::ffff:192.0.2.1%5D:1").address, "192.0.2.1");
    for (const auto* name : {"", "unix:", "ipv4:", "ipv4:x:1", "ipv6:%5B", "ipv4:192.0.2.1"})
        EXPECT_EQ(peer_of(name).group, name);
}

TEST(GrpcStatus, SaysWhatARefusalMeans) {
    using key_broker::refuse;
    const auto code = [](const auto& refused) { return error_of(refused.error()).code; };
    EXPECT_EQ(code(refuse("ApprovalPending", 202, "")), Code::failed_precondition);
    EXPECT_EQ(code(refuse("AdminAuthAccess", 401, "")), Code::permission_denied);
    EXPECT_EQ(code(refuse("InvalidRequestPath", 404, "")), Code::not_found);
    EXPECT_EQ(code(refuse("AttestationError", Error{Code::unimplemented, "x"})), Code::unimplemented);
    EXPECT_EQ(code(refuse("AttestationError", Error{Code::permission_denied, "x"})), Code::permission_denied);
    const auto ours = refuse("AttestationError", Error{Code::data_loss, "the disk's secret"});
    EXPECT_EQ(code(ours), Code::internal);
    EXPECT_EQ(error_of(ours.error()).message, "internal error");
}

} // namespace
} // namespace redoubt::services::rpc
