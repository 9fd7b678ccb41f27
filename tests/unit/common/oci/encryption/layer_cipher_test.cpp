// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/oci/encryption/layer_cipher.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/common/oci/encryption/example.hpp"

namespace redoubt::oci::encryption {
namespace {

LayerKey example_key() {
    return {.key = example::key(), .nonce = example::nonce(), .plain_digest = std::nullopt};
}

/// In pieces of `step` bytes; what came out, whether or not it is to be believed.
std::string decrypt(LayerDecryptor& decryptor, std::string bytes, std::size_t step) {
    for (std::size_t at = 0; at < bytes.size(); at += step)
        EXPECT_TRUE(decryptor.decrypt(std::span(bytes).subspan(at, std::min(step, bytes.size() - at))));
    return bytes;
}

void expect_not_to_fit(const LayerKey& key, const std::string& ciphertext, const std::string& hmac) {
    auto decryptor = LayerDecryptor::make(key, hmac).value();
    decrypt(decryptor, ciphertext, 7);
    const auto finished = decryptor.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error(),
              (Error{Code::data_loss, "the HMAC does not fit: bytes are missing or were changed"}));
}

TEST(LayerDecryptor, DecryptsWhatAnotherProgramEncryptedInPiecesOfAnySize) {
    for (const std::size_t step : {1U, 16U, 17U, 1000U}) {
        auto decryptor = LayerDecryptor::make(example_key(), example::hmac()).value();
        EXPECT_EQ(decrypt(decryptor, example::ciphertext(), step), example::k_plain);
        EXPECT_TRUE(decryptor.finish());
    }
}

TEST(LayerDecryptor, SaysWhenAByteWasChanged) {
    auto ciphertext = example::ciphertext();
    ciphertext[20] = static_cast<char>(ciphertext[20] ^ 1);
    expect_not_to_fit(example_key(), ciphertext, example::hmac());
}

TEST(LayerDecryptor, SaysWhenTheEndIsMissingOrSomethingFollows) {
    expect_not_to_fit(example_key(), example::ciphertext().substr(0, 50), example::hmac());
    expect_not_to_fit(example_key(), example::ciphertext() + "x", example::hmac());
    expect_not_to_fit(example_key(), "", example::hmac());
}

TEST(LayerDecryptor, SaysWhenTheHmacIsAnotherLayers) {
    expect_not_to_fit(example_key(), example::ciphertext(), std::string(32, 'x'));
}

TEST(LayerDecryptor, SaysWhenTheKeyIsAnother) {
    const LayerKey key{.key = example::wrapping_key(), .nonce = example::nonce(), .plain_digest = {}};
    expect_not_to_fit(key, example::ciphertext(), example::hmac());
}

TEST(LayerDecryptor, SaysWhenTheNonceIsAnother) {
    auto key = example_key();
    key.nonce[0] = 'x'; // which the HMAC does not cover
    key.plain_digest = crypto::Digest::parse(example::k_plain_digest).value();
    auto decryptor = LayerDecryptor::make(key, example::hmac()).value();
    decrypt(decryptor, example::ciphertext(), 7);
    const auto finished = decryptor.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, Code::data_loss);
    EXPECT_TRUE(finished.error().message.starts_with("what was decrypted has digest sha256:"));
}

TEST(LayerDecryptor, RefusesLengthsThatCannotBe) {
    EXPECT_EQ(LayerDecryptor::make(example_key(), "short").error().message,
              "an HMAC of 5 bytes: AES_256_CTR_HMAC_SHA256 has 32");
    const LayerKey key{
        .key = crypto::Secret(std::string("short")), .nonce = example::nonce(), .plain_digest = {}};
    EXPECT_EQ(LayerDecryptor::make(key, example::hmac()).error().message, "AES-256-CTR: a key of 5 bytes");
}

TEST(LayerEncryptor, MakesWhatTheDecryptorTakes) {
    auto encryptor = LayerEncryptor::make().value();
    std::string bytes(example::k_plain);
    ASSERT_TRUE(encryptor.encrypt(std::span(bytes).first(10)));
    ASSERT_TRUE(encryptor.encrypt(std::span(bytes).subspan(10)));
    const auto finished = encryptor.finish().value();
    EXPECT_NE(bytes, example::k_plain);
    EXPECT_EQ(finished.key.plain_digest->str(), example::k_plain_digest);
    auto decryptor = LayerDecryptor::make(finished.key, finished.hmac).value();
    EXPECT_EQ(decrypt(decryptor, bytes, 16), example::k_plain);
    EXPECT_TRUE(decryptor.finish());
}

TEST(LayerEncryptor, NeverTakesAKeyOrANonceTwice) {
    auto one = LayerEncryptor::make().value().finish().value();
    auto other = LayerEncryptor::make().value().finish().value();
    EXPECT_NE(one.key.key.view(), other.key.key.view());
    EXPECT_NE(one.key.nonce, other.key.nonce);
}

} // namespace
} // namespace redoubt::oci::encryption
