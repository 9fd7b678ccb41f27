// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/admin_auth.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::api {
namespace {

TEST(AdminAuth, ReadsWhoseCertificateIsWhose) {
    const std::string digest(64, 'A');
    const auto known = parse_known_certificate(digest + "=secrets@acme");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->sha256, std::string(64, 'a'));
    EXPECT_EQ(known->role, key_broker::Role::secrets);
    EXPECT_EQ(known->tenant, "acme");
    EXPECT_TRUE(parse_known_certificate(digest + "=admin"));
    for (const auto& text : {std::string(), digest, digest + "=", digest + "=root", digest + "=admin@",
                             digest + "=admin@UPPER", std::string("ab=admin"), std::string("=admin")})
        EXPECT_FALSE(parse_known_certificate(text)) << text;
}

TEST(AdminAuth, BelievesACertificateOnlyOfAVerifiedClient) {
    const AdminAuthority authority({{std::string(64, 'a'), key_broker::Role::admin, ""}}, {});
    http::ServerRequest request;
    EXPECT_FALSE(authority.identify(request, {}));
    request.peer.certificate_sha256 = std::string(64, 'b');
    EXPECT_FALSE(authority.identify(request, {}));
    request.peer.certificate_sha256 = std::string(64, 'a');
    EXPECT_TRUE(authority.identify(request, {}));
    // An authority without certificates knows nobody, also not somebody without one.
    EXPECT_FALSE(AdminAuthority({{"", key_broker::Role::admin, ""}}, {}).identify({}, {}));
}

TEST(AdminAuth, TakesOneBearerOnly) {
    http::ServerRequest request;
    EXPECT_FALSE(bearer_of(request));
    request.headers.add("Authorization", "bearer abc");
    EXPECT_EQ(bearer_of(request), "abc");
    request.headers.add("Authorization", "Bearer def");
    EXPECT_FALSE(bearer_of(request));
}

TEST(AdminAuth, LetsRolesDoTheirOwnThingsOnly) {
    using key_broker::Role;
    const key_broker::Administrator secrets{"a", Role::secrets, "acme", ""};
    EXPECT_TRUE(secrets.may(Role::secrets, "acme"));
    EXPECT_FALSE(secrets.may(Role::policy, "acme"));
    EXPECT_FALSE(secrets.may(Role::secrets, "other"));
    EXPECT_FALSE(secrets.may(Role::secrets, ""));
    const key_broker::Administrator admin{"a", Role::admin, "", ""};
    EXPECT_TRUE(admin.may(Role::auditor, "") && admin.may(Role::policy, "other"));
    const key_broker::Administrator tenants{"a", Role::admin, "acme", ""};
    EXPECT_FALSE(tenants.may(Role::admin, ""));
}

} // namespace
} // namespace redoubt::services::api
