// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/sealer.hpp"

#include <gtest/gtest.h>

#include "common/encoding/base64.hpp"

namespace redoubt::services::kms {
namespace {

const Place k_place{"acme", "resource", "repo/type/tag", 3, "value"};

TEST(Sealer, OpensAValueOnlyInItsPlace) {
    const auto root = RootKey::generate().value();
    const auto sealer = Sealer::make(root, "store-1").value();
    const auto sealed = sealer.seal(k_place, "the value").value();
    EXPECT_EQ(sealer.open(k_place, sealed)->view(), "the value");
    for (const auto& other : {Place{"acmf", "resource", "repo/type/tag", 3, "value"},
                              Place{"acme", "policy", "repo/type/tag", 3, "value"},
                              Place{"acme", "resource", "repo/type/tah", 3, "value"},
                              Place{"acme", "resource", "repo/type/tag", 4, "value"},
                              Place{"acme", "resource", "repo/type/tag", 3, "column"},
                              Place{"acmeresource", "", "repo/type/tag", 3, "value"}})
        EXPECT_EQ(sealer.open(other, sealed).error().code, Code::data_loss);
    EXPECT_FALSE(Sealer::make(root, "store-2")->open(k_place, sealed));
    EXPECT_FALSE(Sealer::make(RootKey::generate().value(), "store-1")->open(k_place, sealed));
}

TEST(Sealer, RefusesEveryChangedByte) {
    const auto sealer = Sealer::make(RootKey::generate().value(), "store-1").value();
    const auto sealed = sealer.seal(k_place, "x").value();
    auto bytes = encoding::from_base64(sealed).value();
    for (auto& byte : bytes) {
        byte = static_cast<char>(byte ^ 0x20);
        EXPECT_FALSE(sealer.open(k_place, encoding::to_base64(bytes)));
        byte = static_cast<char>(byte ^ 0x20);
    }
    for (const auto* text : {"", "AAAA", "not base64!"}) EXPECT_FALSE(sealer.open(k_place, text));
}

TEST(Sealer, GivesTheSameValueAnotherTextEachTime) {
    const auto sealer = Sealer::make(RootKey::generate().value(), "store-1").value();
    EXPECT_NE(sealer.seal(k_place, "x").value(), sealer.seal(k_place, "x").value());
}

} // namespace
} // namespace redoubt::services::kms
