// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/key_release/sealed_secret.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <vector>

#include "common/jose/jwk.hpp"
#include "common/jose/jws.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::key_release {
namespace {

class FakeSource final : public ResourceSource {
  public:
    Task<crypto::Secret> get(std::string uri) override {
        asked.push_back(uri);
        const auto found = values.find(uri);
        if (found == values.end()) co_return fail(Code::not_found, "{}: none", uri);
        co_return crypto::Secret::copy_of(found->second);
    }

    std::map<std::string, std::string> values;
    std::vector<std::string> asked;
};

class SealedSecretTest : public ttrpc::ConnectionTest {
  protected:
    SealedSecretTest() {
        const auto jwk = jose::jwk_json(key_.public_key().value()).value();
        source_.values = {{"kbs:///keys/seal/1", boost::json::serialize(jwk)},
                          {"kbs:///app/password/1", "hunter2"}};
    }

    std::string sealed(std::string payload, const char* kid = "kbs:///keys/seal/1") {
        return "sealed." + jose::sign_jws({{"kid", kid}}, payload, key_).value();
    }
    Result<std::string> open(std::string text) {
        const auto value = run(unseal(source_, std::move(text)));
        if (!value) return std::unexpected(value.error());
        return std::string(value->view());
    }

    crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    FakeSource source_;
};

constexpr const char* k_vault =
    R"({"version":"0.1.0","type":"vault","name":"kbs:///app/password/1","provider":"kbs","provider_settings":{},"annotations":{}})";

TEST_F(SealedSecretTest, StandsForTheResourceItNames) {
    EXPECT_EQ(open(sealed(k_vault)), "hunter2");
    EXPECT_EQ(source_.asked, (std::vector<std::string>{"kbs:///keys/seal/1", "kbs:///app/password/1"}));
}

TEST_F(SealedSecretTest, IsRefusedWhenSomebodyElseSignedItAndNothingIsFetched) {
    auto words = sealed(k_vault);
    key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    EXPECT_EQ(open(sealed(k_vault)).error().code, Code::permission_denied);
    words.back() = words.back() == 'A' ? 'Q' : 'A';
    EXPECT_FALSE(open(words));
    EXPECT_FALSE(std::ranges::contains(source_.asked, "kbs:///app/password/1"));
}

TEST_F(SealedSecretTest, IsRefusedInEveryOtherForm) {
    EXPECT_EQ(open(sealed(R"({"version":"0.1.0","type":"envelope"})")).error().code, Code::unimplemented);
    EXPECT_EQ(open(sealed(R"({"version":"0.1.0","type":"vault","name":"x","provider":"aws"})")).error().code,
              Code::unimplemented);
    EXPECT_FALSE(open(sealed(R"({"version":"0.2.0","type":"vault"})")));
    EXPECT_FALSE(open(sealed("no JSON")));
    EXPECT_FALSE(open(sealed(k_vault, "kbs:///no/such/key")));
    EXPECT_FALSE(open("sealed.a.b"));
    EXPECT_FALSE(open("sealed.fakejws.payload.fakesignature"));
    EXPECT_FALSE(open("plain"));
}

} // namespace
} // namespace redoubt::guest::key_release
