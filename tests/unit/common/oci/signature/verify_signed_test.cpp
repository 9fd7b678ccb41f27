// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/verify_signed.hpp"

#include <gtest/gtest.h>

#include "common/oci/signature/simple_signing.hpp"

namespace redoubt::oci::signature {
namespace {

crypto::Digest digest_of(char filling) {
    return crypto::Digest::parse("sha256:" + std::string(64, filling)).value();
}

class VerifySignedTest : public ::testing::Test {
  protected:
    StoredSignature sign(const crypto::PrivateKey& key, const std::string& name, char manifest) const {
        auto payload = render_payload({name, digest_of(manifest)});
        auto signature = sign_payload(key, payload).value();
        return {std::move(payload), std::move(signature)};
    }
    Status verify(const std::vector<StoredSignature>& signatures) const {
        return verify_signed(image_, {}, keys_, signatures);
    }

    crypto::PrivateKey key_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    crypto::PrivateKey other_ = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    std::vector<crypto::PublicKey> keys_{key_.public_key().value()};
    ImageInQuestion image_{parse_reference("a.test/app:1").value(), digest_of('a')};
};

TEST_F(VerifySignedTest, TakesOneGoodSignatureAmongOthers) {
    EXPECT_TRUE(verify({sign(other_, "a.test/app", 'a'), {"{}", "QUJD"}, sign(key_, "a.test/app", 'a')}));
}

TEST_F(VerifySignedTest, TakesAnyOfTheKeys) {
    keys_.push_back(other_.public_key().value());
    EXPECT_TRUE(verify({sign(other_, "a.test/app", 'a')}));
}

TEST_F(VerifySignedTest, RefusesAnImageWithoutSignatures) {
    EXPECT_EQ(verify({}).error(), (Error{Code::permission_denied, "the image comes with no signature"}));
}

TEST_F(VerifySignedTest, RefusesAnotherKeys) {
    EXPECT_EQ(verify({sign(other_, "a.test/app", 'a')}).error(),
              (Error{Code::permission_denied, "none of the image's 1 signatures is of that key"}));
}

TEST_F(VerifySignedTest, RefusesASignatureOfAnotherPayload) {
    auto signature = sign(key_, "a.test/app", 'b');
    signature.payload = render_payload({"a.test/app", digest_of('a')});
    EXPECT_EQ(verify({signature}).error().message, "none of the image's 1 signatures is of that key");
}

TEST_F(VerifySignedTest, RefusesAGenuineSignatureOfAnotherImageAndSaysOfWhich) {
    EXPECT_EQ(verify({sign(key_, "a.test/app", 'b')}).error(),
              (Error{Code::permission_denied, "that key signed a.test/app (" + digest_of('b').str() +
                                                  "), not a.test/app:1 (" + digest_of('a').str() + ")"}));
    EXPECT_EQ(verify({sign(key_, "a.test/other", 'a')}).error().code, Code::permission_denied);
}

TEST_F(VerifySignedTest, RefusesAKeyOfAnotherKindRatherThanPassOverIt) {
    keys_.insert(keys_.begin(),
                 crypto::PrivateKey::generate(crypto::Curve::p384).value().public_key().value());
    EXPECT_EQ(verify({sign(key_, "a.test/app", 'a')}).error(),
              (Error{Code::invalid_argument, "the key is no EC key of P-256, which cosign's keys are"}));
}

} // namespace
} // namespace redoubt::oci::signature
