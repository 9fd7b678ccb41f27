// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/crypto/digest.hpp"

#include <gtest/gtest.h>

namespace redoubt::crypto {
namespace {

// FIPS 180-4 example "abc".
constexpr std::string_view k_abc_sha256 =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view k_abc_sha384 =
    "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
    "8086072ba1e7cc2358baeca134c825a7";
constexpr std::string_view k_abc_sha512 =
    "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(Digest, KnowsThePublishedValues) {
    EXPECT_EQ(digest_of("abc").value().str(), k_abc_sha256);
    EXPECT_EQ(digest_of("abc", HashAlgorithm::sha384).value().str(), k_abc_sha384);
    EXPECT_EQ(digest_of("abc", HashAlgorithm::sha512).value().str(), k_abc_sha512);
}

TEST(Digest, ParsesWhatItPrints) {
    for (const auto text : {k_abc_sha256, k_abc_sha384, k_abc_sha512})
        EXPECT_EQ(Digest::parse(text).value().str(), text);
    EXPECT_EQ(Digest::parse(k_abc_sha256).value(), digest_of("abc").value());
    EXPECT_NE(Digest::parse(k_abc_sha256).value(), digest_of("abd").value());
}

void expect_refused(std::string_view text, std::string_view message) {
    const auto digest = Digest::parse(text);
    ASSERT_FALSE(digest) << text;
    EXPECT_EQ(digest.error().code, Code::invalid_argument);
    EXPECT_EQ(digest.error().message, message);
}

TEST(Digest, RefusesTextWithoutAlgorithm) {
    expect_refused("abc", "digest 'abc': not of the form algorithm:hex");
    expect_refused("", "digest '': not of the form algorithm:hex");
}

TEST(Digest, RefusesAnUnknownAlgorithm) {
    expect_refused("md5:00", "digest 'md5:00': algorithm is not one of sha256, sha384, sha512");
}

TEST(Digest, RefusesTheWrongLength) {
    expect_refused("sha256:00", "digest 'sha256:00': sha256 needs 64 hex digits, there are 2");
}

TEST(Digest, RefusesUpperCaseBecauseTwoSpellingsWouldNameOneBlob) {
    const auto text = "sha256:" + std::string(63, '0') + "A";
    expect_refused(text, "digest '" + text + "': only the digits 0-9 and a-f are allowed");
}

TEST(Digest, RefusesAPathDressedAsDigest) {
    const auto text = "sha256:../../" + std::string(58, 'a');
    EXPECT_FALSE(Digest::parse(text));
}

TEST(Hasher, TakesBytesInPieces) {
    auto hasher = Hasher::make().value();
    ASSERT_TRUE(hasher.update("a"));
    ASSERT_TRUE(hasher.update(""));
    ASSERT_TRUE(hasher.update("bc"));
    EXPECT_EQ(hasher.finish().value().str(), k_abc_sha256);
}

TEST(Hasher, BeginsAnewAfterFinish) {
    auto hasher = Hasher::make().value();
    ASSERT_TRUE(hasher.update("something else"));
    ASSERT_EQ(hasher.finish_raw().value().size(), 32U);
    ASSERT_TRUE(hasher.update("abc"));
    EXPECT_EQ(hasher.finish().value().str(), k_abc_sha256);
}

} // namespace
} // namespace redoubt::crypto
