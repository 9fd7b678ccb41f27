// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/guest_secrets.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "common/jose/jwk.hpp"
#include "common/jose/jws.hpp"
#include "tests/unit/common/ttrpc/connection_test.hpp"

namespace redoubt::guest::confidential {
namespace {

/// A broker with a password, and the key that who seals has.
class FakeSource final : public key_release::ResourceSource {
  public:
    explicit FakeSource(const crypto::PrivateKey& key)
        : key_(boost::json::serialize(jose::jwk_json(key.public_key().value()).value())) {}
    Task<crypto::Secret> get(std::string uri) override {
        if (uri == "kbs:///keys/seal/1") co_return crypto::Secret::copy_of(key_);
        if (uri == "kbs:///app/volume/1") co_return crypto::Secret(std::string(32, 'k'));
        if (uri == "kbs:///app/password/1") co_return crypto::Secret::copy_of("line one\nline two\n");
        co_return fail(Code::not_found, "{}: none", uri);
    }

  private:
    std::string key_;
};

class GuestSecretsTest : public ttrpc::ConnectionTest {
  protected:
    GuestSecretsTest() { secrets_.ask(source_, by_digest_); }

    std::string sealed(const std::string& name = "kbs:///app/password/1") {
        const auto payload = boost::json::serialize(boost::json::object{
            {"version", "0.1.0"}, {"type", "vault"}, {"name", name}, {"provider", "kbs"}});
        return "sealed." + jose::sign_jws({{"kid", "kbs:///keys/seal/1"}}, payload, key_).value();
    }
    Result<std::string> file(std::string bytes) { return run(secrets_.unseal_file(std::move(bytes))); }

    crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    FakeSource source_{key_};
    image::ImageAuthority by_digest_;
    GuestSecrets secrets_;
};

TEST_F(GuestSecretsTest, AFileThatIsASealedSecretBecomesWhatItStandsFor) {
    for (const auto* end : {"", "\n", "\r\n"}) EXPECT_EQ(file(sealed() + end), "line one\nline two\n");
}

TEST_F(GuestSecretsTest, AFileThatIsNoneStaysAsItIs) {
    for (const std::string bytes :
         {"", "\n", "plain", " sealed.a.b.c", "sealed", "sealed. is the first word of this text\n"})
        EXPECT_EQ(file(bytes), bytes);
    const auto two = sealed() + "\n" + sealed();
    EXPECT_EQ(file(two), two);
}

TEST_F(GuestSecretsTest, AFileThatCannotBeOpenedIsAnErrorAndNotItsWords) {
    EXPECT_FALSE(file("sealed.a.b.c"));
    EXPECT_FALSE(file("sealed.example.com"));
    EXPECT_EQ(file(sealed("kbs:///app/none/1")).error().code, Code::not_found);
    key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    EXPECT_EQ(file(sealed()).error().code, Code::permission_denied);
}

TEST_F(GuestSecretsTest, WithoutAnybodyToAskWordsStayWords) {
    GuestSecrets nobody;
    EXPECT_EQ(run(nobody.unseal_file("sealed.a.b.c")), "sealed.a.b.c");
}

TEST_F(GuestSecretsTest, AVolumesKeyComesFromTheBrokerAndIsOne) {
    EXPECT_TRUE(run(secrets_.volume_key("kbs:///app/volume/1")));
    EXPECT_EQ(run(secrets_.volume_key("kbs:///app/none/1")).error().code, Code::not_found);
    EXPECT_EQ(run(secrets_.volume_key("kbs:///app/password/1")).error().code, Code::invalid_argument);
    GuestSecrets nobody;
    EXPECT_EQ(run(nobody.volume_key("kbs:///app/volume/1")).error().code, Code::failed_precondition);
}

} // namespace
} // namespace redoubt::guest::confidential
