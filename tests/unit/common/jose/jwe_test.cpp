// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/jose/jwe.hpp"

#include <gtest/gtest.h>

#include "common/crypto/aead.hpp"
#include "common/crypto/key_wrap.hpp"
#include "common/encoding/base64.hpp"
#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::jose {
namespace {

using crypto::Curve;
using crypto::PrivateKey;
using crypto::Secret;
using encoding::Base64;
using encoding::from_base64;
using encoding::from_hex;
using encoding::to_base64;
using encoding::to_hex;

Secret secret_of(std::string_view hex) {
    return Secret(from_hex(hex).value());
}

TEST(KeyWrap, IsThatOfTheStandard) {
    // RFC 3394 4.3, 4.5, 4.6.
    const auto kek = secret_of("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
    struct Vector {
        std::string_view key;
        std::string_view wrapped;
    };
    for (const auto& [key, wrapped] :
         {Vector{"00112233445566778899AABBCCDDEEFF", "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
          Vector{"00112233445566778899AABBCCDDEEFF0001020304050607",
                 "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"},
          Vector{"00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
                 "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"}}) {
        EXPECT_EQ(to_hex(crypto::wrap_key(kek, secret_of(key)).value()), wrapped);
        auto bytes = from_hex(wrapped).value();
        EXPECT_EQ(crypto::unwrap_key(kek, bytes)->view(), secret_of(key).view());
        for (auto& byte : bytes) {
            byte = static_cast<char>(byte ^ 1);
            EXPECT_EQ(crypto::unwrap_key(kek, bytes).error().code, Code::permission_denied);
            byte = static_cast<char>(byte ^ 1);
        }
    }
    for (const std::size_t size : {0U, 8U, 16U, 23U, 25U, 4105U})
        EXPECT_FALSE(crypto::unwrap_key(kek, std::string(size, 'x'))) << size;
}

TEST(ConcatKdf, IsThatOfTheStandard) {
    // RFC 7518 appendix C.
    const auto alice = json::parse(
        "a",
        R"({"kty":"EC","crv":"P-256","x":"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0","y":"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"})");
    EXPECT_TRUE(parse_jwk(alice->root()));
    const auto z = from_hex("9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4").value();
    EXPECT_EQ(to_base64(derive_wrapping_key(z, "A128GCM", "Alice", "Bob", 16)->view(), Base64::url),
              "VqqN6vgjbSBcIijNcacQGg");
}

TEST(Aead, IsThatOfTheStandards) {
    // NIST SP 800-38D's reference, test case 16 of "The Galois/Counter Mode of Operation".
    const auto key = secret_of("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const auto sealed =
        crypto::seal_aes_256_gcm(key, from_hex("cafebabefacedbaddecaf888").value(),
                                 from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c"
                                          "3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
                                     .value(),
                                 from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value());
    EXPECT_EQ(to_hex(sealed->ciphertext), "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8c"
                                          "b08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
    EXPECT_EQ(to_hex(sealed->tag), "76fc6ece0f4e1768cddf8853bb2d551b");
    // RFC 5869 A.1.
    EXPECT_EQ(to_hex(crypto::hkdf_sha256(from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").value(),
                                         from_hex("000102030405060708090a0b0c").value(),
                                         from_hex("f0f1f2f3f4f5f6f7f8f9").value(), 42)
                         ->view()),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    // RFC 4231 4.3.
    EXPECT_EQ(to_hex(crypto::hmac_sha256("Jefe", "what do ya want for nothing?").value()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Jwe, ComesBackAsItWasAndOnlyToItsRecipient) {
    const auto other = PrivateKey::generate(Curve::p256).value();
    std::vector<PrivateKey> keys;
    keys.push_back(PrivateKey::generate(Curve::p256).value());
    keys.push_back(PrivateKey::generate(Curve::p521).value());
    keys.push_back(PrivateKey::generate_rsa(2048).value());
    for (const auto& key : keys)
        for (const std::size_t size : {0U, 1U, 32U, 100'000U}) {
            const std::string plaintext(size, 's');
            const auto text = encrypt_jwe(plaintext, {key.public_key().value(), "", ""});
            ASSERT_TRUE(text) << text.error().message;
            const auto opened = decrypt_jwe(*text, key);
            ASSERT_TRUE(opened) << opened.error().message;
            EXPECT_EQ(opened->view(), plaintext);
            EXPECT_FALSE(decrypt_jwe(*text, other));
        }
}

TEST(Jwe, WritesItsHeaderInTheOrderOfTheProtocol) {
    const auto key = PrivateKey::generate(Curve::p256).value();
    const auto text = encrypt_jwe("x", {key.public_key().value(), "ECDH-ES+A256KW", ""}).value();
    EXPECT_TRUE(text.starts_with(R"({"protected":")"));
    const auto document = json::parse("jwe", text).value();
    const auto header = from_base64(document.root()["protected"].string().value(), Base64::url).value();
    EXPECT_TRUE(header.starts_with(
        R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":")"))
        << header;
    EXPECT_EQ(from_base64(document.root()["encrypted_key"].string().value(), Base64::url)->size(), 40U);
    EXPECT_EQ(from_base64(document.root()["iv"].string().value(), Base64::url)->size(), 12U);
}

TEST(Jwe, RefusesEveryChangedPart) {
    const auto key = PrivateKey::generate(Curve::p256).value();
    const auto text = encrypt_jwe("the secret", {key.public_key().value(), "", ""}).value();
    for (const auto* member :
         {"\"protected\":\"", "\"encrypted_key\":\"", "\"iv\":\"", "\"ciphertext\":\"", "\"tag\":\""}) {
        auto changed = text;
        auto& letter = changed[changed.find(member) + std::string_view(member).size() + 2];
        letter = letter == 'A' ? 'B' : 'A';
        EXPECT_FALSE(decrypt_jwe(changed, key)) << member;
    }
    auto document = text;
    document.insert(1, R"("aad":"eA",)");
    EXPECT_FALSE(decrypt_jwe(document, key));
}

TEST(Jwe, EncryptsOnlyByWhatTheKeyIsFor) {
    const auto p256 = PrivateKey::generate(Curve::p256)->public_key().value();
    const auto p384 = PrivateKey::generate(Curve::p384)->public_key().value();
    EXPECT_TRUE(encryption_algorithm_of({p256, "ECDH-ES+A256KW", ""}));
    for (const auto* algorithm : {"RSA-OAEP-256", "RSA1_5", "dir", "ECDH-ES", "none"})
        EXPECT_FALSE(encryption_algorithm_of({p256, algorithm, ""})) << algorithm;
    EXPECT_FALSE(encryption_algorithm_of({p384, "", ""}));
}

} // namespace
} // namespace redoubt::jose
