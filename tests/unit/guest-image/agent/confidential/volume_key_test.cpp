// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/volume_key.hpp"

#include <gtest/gtest.h>

namespace redoubt::guest::confidential {
namespace {

const std::string k_salt(32, 's');
constexpr const char* k_uri = "kbs:///default/volume/db";

std::unique_ptr<mount::VolumeKey> key(char byte = 'k', const char* uri = k_uri) {
    return make_volume_key(crypto::Secret(std::string(32, byte)), uri).value();
}

TEST(VolumeKey, KnowsItsOwnSeal) {
    const auto seal = key()->seal(k_salt, "header").value();
    EXPECT_EQ(seal.size(), 32U);
    EXPECT_TRUE(key()->check_seal(k_salt, "header", seal));
}

TEST(VolumeKey, RefusesEveryOther) {
    const auto seal = key()->seal(k_salt, "header").value();
    auto flipped = seal;
    flipped[0] = static_cast<char>(flipped[0] ^ 1);
    const auto refused = [](const Status& checked) {
        return !checked && checked.error().code == Code::permission_denied;
    };
    EXPECT_TRUE(refused(key()->check_seal(k_salt, "header", flipped)));
    EXPECT_TRUE(refused(key()->check_seal(k_salt, "header", "")));
    EXPECT_TRUE(refused(key()->check_seal(k_salt, "headers", seal)));
    EXPECT_TRUE(refused(key()->check_seal(std::string(32, 't'), "header", seal)));
    EXPECT_TRUE(refused(key('l')->check_seal(k_salt, "header", seal)));
    EXPECT_TRUE(refused(key('k', "kbs:///default/volume/other")->check_seal(k_salt, "header", seal)));
}

TEST(VolumeKey, ADisksKeyIsOfOneVolumeAndNotTheSeals) {
    const auto hex = key()->disk_key(k_salt).value();
    EXPECT_EQ(hex.size(), 192U);
    EXPECT_EQ(hex.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(key()->disk_key(k_salt), hex);
    EXPECT_NE(key()->disk_key(std::string(32, 't')), hex);
    EXPECT_NE(key('l')->disk_key(k_salt), hex);
    EXPECT_NE(key('k', "kbs:///default/volume/other")->disk_key(k_salt), hex);
}

TEST(VolumeKey, IsDerivedAsTheFormatSays) {
    // By another program: HKDF(SHA256, 96, salt, b"redoubt volume 1 disk " + uri).derive(b"k" * 32)
    EXPECT_EQ(key()->disk_key(k_salt).value().substr(0, 32), "ab64e81f82e51a26f31633a97307f5be");
    // HMAC(HKDF(SHA256, 32, salt, b"redoubt volume 1 seal " + uri).derive(b"k" * 32), b"header")
    const auto seal = key()->seal(k_salt, "header").value();
    EXPECT_EQ(std::string_view(seal).substr(0, 8), std::string_view("\311\315\075\225\330\350\105\234", 8));
}

TEST(VolumeKey, IsNotTooShortAndNotTooLong) {
    for (const std::size_t size : {0U, 16U, 31U, 4097U})
        EXPECT_EQ(make_volume_key(crypto::Secret(std::string(size, 'k')), k_uri).error().code,
                  Code::invalid_argument)
            << size;
    EXPECT_TRUE(make_volume_key(crypto::Secret(std::string(4096, 'k')), k_uri));
}

} // namespace
} // namespace redoubt::guest::confidential
