// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/root_key.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace redoubt::services::kms {
namespace {

const crypto::PassphraseCost k_cheap{1024, 1};

crypto::Secret secret(std::string_view text) {
    return crypto::Secret::copy_of(text);
}

Result<RootKey> open(const boost::json::object& slot, std::string_view store, std::string_view passphrase) {
    const auto document = json::parse("slot", boost::json::serialize(slot)).value();
    return open_by_passphrase(document.root(), store, secret(passphrase));
}

TEST(RootKey, IsOpenedByItsPassphraseInItsStore) {
    const auto key = RootKey::generate().value();
    const auto slot = close_by_passphrase(key, "store-1", secret("correct horse"), k_cheap).value();
    EXPECT_EQ(open(slot, "store-1", "correct horse")->bytes().view(), key.bytes().view());
    EXPECT_EQ(open(slot, "store-1", "correct horsf").error().code, Code::permission_denied);
    EXPECT_FALSE(open(slot, "store-2", "correct horse"));
    EXPECT_EQ(boost::json::serialize(slot).find(key.bytes().view()), std::string::npos);
}

TEST(RootKey, RefusesSlotsThatAskForTooMuchOrAreChanged) {
    const auto key = RootKey::generate().value();
    const auto slot = close_by_passphrase(key, "s", secret("correct horse"), k_cheap).value();
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, boost::json::value>>{
             {"memory_kib", std::uint64_t{1} << 40U},
             {"passes", 0},
             {"passes", 1'000'000},
             {"salt", "AAAA"},
             {"nonce", ""},
             {"key", "AAAA"},
             {"tag", "!"}}) {
        auto changed = slot;
        changed[name] = value;
        EXPECT_FALSE(open(changed, "s", "correct horse")) << name;
    }
    EXPECT_EQ(close_by_passphrase(key, "s", secret("short"), k_cheap).error().code, Code::invalid_argument);
}

TEST(RootKey, GivesAKeyOfItsOwnForEachUse) {
    const auto key = RootKey::generate().value();
    EXPECT_EQ(key.derive("a")->view(), key.derive("a")->view());
    EXPECT_NE(key.derive("a")->view(), key.derive("b")->view());
    EXPECT_NE(key.derive("a")->view(), key.bytes().view());
}

} // namespace
} // namespace redoubt::services::kms
