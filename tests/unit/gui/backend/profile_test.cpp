// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/profile.hpp"

#include <gtest/gtest.h>

namespace redoubt::gui {
namespace {

TEST(Address, OfASocketIsReadInAllItsForms) {
    for (const auto* text : {"unix:/run/a.sock", "unix:///run/a.sock", "/run/a.sock"}) {
        const auto address = parse_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(*address, Address(SocketAddress{"/run/a.sock"}));
    }
}

TEST(Address, OfANodeElsewhereHasHostAndPort) {
    EXPECT_EQ(*parse_address("node.example:7443"), Address(RemoteAddress{"node.example", 7443}));
    EXPECT_EQ(*parse_address("[fd00::1]:1"), Address(RemoteAddress{"fd00::1", 1}));
}

TEST(Address, ThatIsNoneIsRefused) {
    for (const auto* text :
         {"", "unix:run/a.sock", "node.example", "node.example:", "node.example:0", "node.example:65536",
          "node.example:7x", ":7443", "::1:7443", "a b:1", "no/de:1", "[]:1"})
        EXPECT_FALSE(parse_address(text)) << text;
    EXPECT_FALSE(parse_address("unix:/" + std::string(200, 'a')));
}

TEST(Fingerprint, IsReadAsPeopleWriteIt) {
    std::string colons;
    for (int at = 0; at < 32; ++at) colons += at == 0 ? "AB" : ":AB";
    std::string plain;
    for (int at = 0; at < 32; ++at) plain += "ab";
    EXPECT_EQ(*parse_fingerprint(colons), plain);
    EXPECT_EQ(*parse_fingerprint("sha256:" + plain), plain);
    EXPECT_FALSE(parse_fingerprint(plain.substr(1)));
    EXPECT_FALSE(parse_fingerprint(plain + "a"));
    EXPECT_FALSE(parse_fingerprint("g" + plain.substr(1)));
}

TEST(Profile, OfANodeElsewhereNeedsItsFingerprintAndAKeyForACertificate) {
    Profile profile{.name = "there",
                    .address = "node.example:7443",
                    .certificate = "c.pem",
                    .key = "k.pem",
                    .node_fingerprint = std::string(64, 'a')};
    EXPECT_TRUE(check_profile(profile));
    for (auto* const field : {&profile.certificate, &profile.key, &profile.node_fingerprint}) {
        const auto kept = std::exchange(*field, {});
        EXPECT_FALSE(check_profile(profile));
        *field = kept;
    }
    profile.certificate.clear();
    profile.key.clear();
    EXPECT_TRUE(check_profile(profile)) << "this user's own identity";
}

} // namespace
} // namespace redoubt::gui
