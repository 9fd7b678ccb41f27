// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_client.hpp"

#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

std::string problem(const std::string& variant) {
    return R"({"type":"https://x/errors/)" + variant + R"(","detail":"because"})";
}

TEST(TrustClient, KnowsWhatAnAnswerMeans) {
    EXPECT_EQ(trust_error(401, problem("AdminAuthAccess")), (Error{Code::permission_denied, "because"}));
    EXPECT_EQ(trust_error(401, problem("ParsePolicyError")), (Error{Code::invalid_argument, "because"}));
    EXPECT_EQ(trust_error(404, problem("RvpsError")).code, Code::not_found);
    EXPECT_EQ(trust_error(409, problem("TenantExists")).code, Code::already_exists);
    EXPECT_EQ(trust_error(429, problem("AdminAuthAccess")).code, Code::resource_exhausted);
    EXPECT_EQ(trust_error(503, "").code, Code::unavailable);
    EXPECT_EQ(trust_error(401, ""), (Error{Code::permission_denied, "the broker answered with status 401"}));
    EXPECT_EQ(trust_error(500, R"({"detail":"a\u001b[1m"})"), (Error{Code::internal, "a?[1m"}));
    EXPECT_EQ(trust_error(302, "[]").code, Code::invalid_argument);
}

TEST(TrustClient, FindsTheApprovalOfAChangeThatWaits) {
    EXPECT_EQ(approval_in(R"({"approval":"0011"})").value(), "0011");
    EXPECT_FALSE(approval_in("{}"));
}

TEST(TrustClient, AsksOnlyForNamesThatAPathCanHold) {
    for (const auto* good : {"repo/type/tag", "snp_launch_measurement", "a.b", "sha256:ab"})
        EXPECT_TRUE(check_path_name(good)) << good;
    for (const auto* bad :
         {"", "/a", "a/", "a//b", "..", "a/../b", "./a", "a b", "a?b", "a#b", "a%2fb", "a\\b", "ä"})
        EXPECT_FALSE(check_path_name(bad)) << bad;
}

} // namespace
} // namespace redoubt::ctl
