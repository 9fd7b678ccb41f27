// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/keys.hpp"

#include <gtest/gtest.h>

#include "common/encoding/hex.hpp"

namespace redoubt::crypto {
namespace {

TEST(Keys, OfEachCurveAreWhatTheirPointIs) {
    for (const auto curve : {Curve::p256, Curve::p384, Curve::p521}) {
        const auto key = PrivateKey::generate(curve).value();
        const auto own = key.public_key().value();
        const auto point = own.point().value();
        EXPECT_EQ(point.curve, curve);
        EXPECT_EQ(point.x.size(), coordinate_size(curve));
        EXPECT_EQ(point.y.size(), coordinate_size(curve));
        const auto again = PublicKey::from_point(point).value();
        EXPECT_EQ(again.spki(), own.spki());
        const auto signature = key.sign_ecdsa(HashAlgorithm::sha384, "a message").value();
        EXPECT_TRUE(again.verify_ecdsa(HashAlgorithm::sha384, "a message", signature));
        EXPECT_FALSE(again.verify_ecdsa(HashAlgorithm::sha384, "another", signature));
        auto wrong = point;
        wrong.y.back() = static_cast<char>(wrong.y.back() ^ 1);
        EXPECT_FALSE(PublicKey::from_point(wrong));
    }
}

TEST(Keys, WhosePointCameCompressedHaveBothCoordinates) {
    const auto key = PublicKey::parse("-----BEGIN PUBLIC KEY-----\n"
                                      "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACZUV7hKePPtqlCRibQumaY6wzkbf8\n"
                                      "hHav+/Na9x95MRI=\n"
                                      "-----END PUBLIC KEY-----\n")
                         .value();
    const auto point = key.point().value();
    EXPECT_EQ(encoding::to_hex(point.x), "65457b84a78f3edaa509189b42e99a63ac3391b7fc8476affbf35af71f793112");
    EXPECT_EQ(encoding::to_hex(point.y), "c0c7ce688157ea2992c8b60aadc59035fadc66905e313c6236ce3c2215b50ade");
}

TEST(Keys, OfRsaHaveNumbersAndNoPoint) {
    const auto key = PrivateKey::generate_rsa(2048).value();
    const auto own = key.public_key().value();
    EXPECT_FALSE(own.point());
    const auto numbers = own.rsa().value();
    EXPECT_EQ(numbers.modulus.size(), 256U);
    EXPECT_EQ(PublicKey::from_rsa(numbers)->spki(), own.spki());
}

} // namespace
} // namespace redoubt::crypto
