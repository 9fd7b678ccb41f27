// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/sealer.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

const Place k_place{"acme", "resource", "repo/type/tag", 3, "value"};

Sealer sealer_of(const RootKey& root, std::string store_id = "store-1") {
    auto sealer = Sealer::make(root, std::move(store_id)).value();
    for (const auto* tenant : {"acme", "acmf", "acmeresource"}) EXPECT_TRUE(sealer.make_tenant_key(tenant));
    return sealer;
}

TEST(Sealer, OpensAValueOnlyInItsPlace) {
    const auto sealer = sealer_of(RootKey::generate().value());
    const auto sealed = sealer.seal(k_place, "the value").value();
    EXPECT_EQ(sealer.open(k_place, sealed)->view(), "the value");
    for (const auto& other : {Place{"acmf", "resource", "repo/type/tag", 3, "value"},
                              Place{"acme", "policy", "repo/type/tag", 3, "value"},
                              Place{"acme", "resource", "repo/type/tah", 3, "value"},
                              Place{"acme", "resource", "repo/type/tag", 4, "value"},
                              Place{"acme", "resource", "repo/type/tag", 3, "column"},
                              Place{"acmeresource", "", "repo/type/tag", 3, "value"},
                              Place{"nobody", "resource", "repo/type/tag", 3, "value"}})
        EXPECT_EQ(sealer.open(other, sealed).error().code, Code::data_loss);
    EXPECT_EQ(sealer.seal({"nobody", "resource", "x", 1, "value"}, "x").error().code,
              Code::failed_precondition);
}

TEST(Sealer, GivesATenantsKeyToHimInThisStoreOnly) {
    const auto root = RootKey::generate().value();
    auto sealer = Sealer::make(root, "store-1").value();
    const auto first = sealer.make_tenant_key("acme").value();
    const auto by_first = sealer.seal(k_place, "sealed by the first").value();
    const auto second = sealer.make_tenant_key("acme").value();
    EXPECT_EQ(sealer.newest_key("acme"), 2);
    EXPECT_EQ(sealer.seal(k_place, "x")->key_version, 2);
    EXPECT_EQ(sealer.open(k_place, by_first)->view(), "sealed by the first");

    auto again = Sealer::make(root, "store-1").value();
    EXPECT_TRUE(again.load_tenant_key("acme", 1, first));
    EXPECT_EQ(again.open(k_place, by_first)->view(), "sealed by the first");
    for (const auto& [tenant, version, wrapped] :
         std::initializer_list<std::tuple<const char*, std::int64_t, std::string>>{{"acmf", 1, first},
                                                                                   {"acme", 2, first},
                                                                                   {"acme", 0, first},
                                                                                   {"acme", 1, second},
                                                                                   {"acme", 1, ""},
                                                                                   {"acme", 1, "AAAA"},
                                                                                   {"acme", 1, "!"}})
        EXPECT_EQ(again.load_tenant_key(tenant, version, wrapped).error().code, Code::data_loss);
    EXPECT_FALSE(Sealer::make(root, "store-2")->load_tenant_key("acme", 1, first));
    EXPECT_FALSE(Sealer::make(RootKey::generate().value(), "store-1")->load_tenant_key("acme", 1, first));
}

TEST(Sealer, ForgetsKeysThatTheStoreDidNotKeep) {
    auto sealer = Sealer::make(RootKey::generate().value(), "store-1").value();
    ASSERT_TRUE(sealer.make_tenant_key("acme"));
    const auto kept = sealer.seal(k_place, "x").value();
    ASSERT_TRUE(sealer.make_tenant_key("acme"));
    const auto lost = sealer.seal(k_place, "y").value();
    sealer.forget_tenant_key("acme", 2);
    EXPECT_EQ(sealer.newest_key("acme"), 1);
    EXPECT_TRUE(sealer.open(k_place, kept));
    EXPECT_EQ(sealer.open(k_place, lost).error().code, Code::data_loss);
    sealer.forget_tenant_key("acme", 1);
    sealer.forget_tenant_key("nobody", 1);
    EXPECT_EQ(sealer.newest_key("acme"), 0);
}

TEST(Sealer, RefusesEveryChangedByte) {
    const auto sealer = sealer_of(RootKey::generate().value());
    const auto sealed = sealer.seal(k_place, "x").value();
    auto bytes = encoding::from_base64(sealed.text).value();
    for (auto& byte : bytes) {
        byte = static_cast<char>(byte ^ 0x20);
        EXPECT_FALSE(sealer.open(k_place, {encoding::to_base64(bytes), 1}));
        byte = static_cast<char>(byte ^ 0x20);
    }
    for (const auto* text : {"", "AAAA", "not base64!"}) EXPECT_FALSE(sealer.open(k_place, {text, 1}));
    for (const std::int64_t version : {-1, 0, 2}) EXPECT_FALSE(sealer.open(k_place, {sealed.text, version}));
    EXPECT_FALSE(sealer.open_first_format(k_place, sealed.text));
}

TEST(Sealer, GivesTheSameValueAnotherTextEachTime) {
    const auto sealer = sealer_of(RootKey::generate().value());
    EXPECT_NE(sealer.seal(k_place, "x")->text, sealer.seal(k_place, "x")->text);
}

} // namespace
} // namespace redoubt::services::kms
