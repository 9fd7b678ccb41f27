// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/key_broker/broker.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::key_broker {
namespace {

TEST(Broker, KnowsWhatNamesAResource) {
    EXPECT_TRUE(is_resource_path({"repo", "type", "tag"}));
    EXPECT_TRUE(is_resource_path({"_r-1", "t.y.p", "0"}));
    for (const auto& path :
         std::initializer_list<std::vector<std::string>>{{},
                                                         {"a", "b"},
                                                         {"a", "b", "c", "d"},
                                                         {"a", "", "c"},
                                                         {".a", "b", "c"},
                                                         {"a", "..", "c"},
                                                         {"a", "b", "c d"},
                                                         {"a", "b", "ü"},
                                                         {"a", "b", std::string("c\0", 2)},
                                                         {"a", "b", std::string(256, 'c')}})
        EXPECT_FALSE(is_resource_path(path)) << join_path(path);
}

TEST(Tenant, SettingsAreWhatTheyAreCalled) {
    const auto settings = parse_tenant_settings(
        R"({"allow_simulation":true,"tcb_statuses":["SWHardeningNeeded"],"advisories":["INTEL-SA-00001"]})");
    ASSERT_TRUE(settings);
    EXPECT_TRUE(settings->allows_simulation);
    EXPECT_FALSE(parse_tenant_settings("{}")->allows_simulation);
    for (const auto* text : {"", "[]", R"({"allow_simulaton":true})", R"({"allow_simulation":"yes"})",
                             R"({"tcb_statuses":["Fine"]})", R"({"reference_value_signers":[{}]})",
                             R"({"reference_value_signers":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})"})
        EXPECT_FALSE(parse_tenant_settings(text)) << text;
    EXPECT_TRUE(is_tenant_name("acme-2"));
    for (const auto* name :
         {"", "Acme", "2acme", "-a", "a/b", "a.b", "..", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
        EXPECT_FALSE(is_tenant_name(name)) << name;
}

TEST(ResourcePolicy, AllowsOnlyByATrueAllow) {
    const PolicyRequest request{"resource", {"repo", "type", "tag"}, {{"a", "b"}}};
    const tee::Time now{};
    const auto decide = [&](const std::string& text) {
        return ResourcePolicy::compile("package policy\n" + text)->allows(R"({"x":1})", request, now);
    };
    EXPECT_TRUE(decide("allow := true").value());
    EXPECT_TRUE(decide("allow if data.plugin == \"resource\"").value());
    EXPECT_TRUE(decide("allow if { data[\"resource-path\"] == [\"repo\", \"type\", \"tag\"]; data.query.a == "
                       "\"b\"; input.x == 1 }")
                    .value());
    for (const auto* text : {"", "allow := false", "allow := 1", "allow := \"true\"", "allow := {\"a\"}",
                             "allow if input.y", "allow if data.plugin == \"x\""})
        EXPECT_FALSE(decide(text).value()) << text;
    EXPECT_FALSE(decide(
        "allow if { some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i * j == -1 }"));
    EXPECT_FALSE(ResourcePolicy::compile("package policy\nallow if http.send({})"));
}

} // namespace
} // namespace redoubt::services::key_broker
