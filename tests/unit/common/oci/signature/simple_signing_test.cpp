// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/signature/simple_signing.hpp"

#include <gtest/gtest.h>

#include "common/encoding/base64.hpp"

namespace redoubt::oci::signature {
namespace {

/// Made by OpenSSL's own program: `openssl dgst -sha256 -sign`.
constexpr std::string_view k_key = "-----BEGIN PUBLIC KEY-----\n"
                                   "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEg5opuUOX5gX47H0ZlsjUnuuf+lsm\n"
                                   "6L4WiMEaW0DmClq0CWIQE7rTHfipBj/pEkcfMUQT9Y9H7tR4HdsNQO7vaA==\n"
                                   "-----END PUBLIC KEY-----\n";
constexpr std::string_view k_signature =
    "MEQCICgIMy4jy7dB8YENDPPa7wardNJ6JdTCfDeUPq3OKKoJAiAEMSOu1atwE6U0CckRServ52a1ykM6"
    "US8PZAnCpFxYIQ==";
const std::string k_payload =
    R"({"critical":{"identity":{"docker-reference":"registry.example/app"},"image":{"docker-manifest-digest":"sha256:)" +
    std::string(64, '0') + R"("},"type":"cosign container image signature"},"optional":null})";

SignedIdentity identity() {
    return {.reference = "registry.example/app",
            .manifest = crypto::Digest::parse("sha256:" + std::string(64, '0')).value()};
}

TEST(SimpleSigning, WritesThePayloadAsCosignDoes) {
    EXPECT_EQ(render_payload(identity()), k_payload);
    EXPECT_EQ(parse_payload(k_payload), identity());
}

TEST(SimpleSigning, VerifiesWhatAnotherProgramSigned) {
    const auto key = crypto::PublicKey::parse(k_key).value();
    EXPECT_TRUE(verify_payload(key, k_payload, k_signature));
}

TEST(SimpleSigning, RefusesAnotherPayloadAndAnotherKey) {
    const auto key = crypto::PublicKey::parse(k_key).value();
    EXPECT_EQ(verify_payload(key, k_payload + " ", k_signature).error().code, Code::permission_denied);
    const auto other = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    EXPECT_EQ(verify_payload(other.public_key().value(), k_payload, k_signature).error().code,
              Code::permission_denied);
}

TEST(SimpleSigning, VerifiesWhatItSigned) {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    for (int i = 0; i < 20; ++i) { // numbers with and without a leading zero
        const auto signature = sign_payload(key, k_payload).value();
        EXPECT_TRUE(verify_payload(key.public_key().value(), k_payload, signature));
    }
}

TEST(SimpleSigning, RefusesASignatureThatIsNotInItsOneForm) {
    const auto key = crypto::PublicKey::parse(k_key).value();
    const auto der = encoding::from_base64(k_signature).value();
    for (const auto& wrong : {der + "x", der.substr(0, 20), std::string(), std::string("0\0", 2)})
        EXPECT_EQ(verify_payload(key, k_payload, encoding::to_base64(wrong)).error(),
                  (Error{Code::invalid_argument, "not an ECDSA signature in DER"}));
}

TEST(SimpleSigning, TakesKeysOfP256Only) {
    const auto key = crypto::PrivateKey::generate(crypto::Curve::p384).value();
    EXPECT_EQ(sign_payload(key, k_payload).error(),
              (Error{Code::invalid_argument, "not an EC key of P-256, which cosign's keys are"}));
}

TEST(SimpleSigning, RefusesAPayloadOfAnotherKind) {
    EXPECT_EQ(parse_payload(R"({"critical":{"type":"letter"}})").error(),
              (Error{Code::unimplemented, "payload.critical.type: 'letter' is not a signature of an image"}));
    EXPECT_EQ(parse_payload("{}").error().code, Code::invalid_argument);
}

TEST(SimpleSigning, NamesTheTagBesideTheImage) {
    EXPECT_EQ(signature_tag(identity().manifest), "sha256-" + std::string(64, '0') + ".sig");
}

} // namespace
} // namespace redoubt::oci::signature
