// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/pairing/pairing_proof.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/encoding/hex.hpp"

namespace redoubt::pairing {
namespace {

crypto::Digest digest_of(char digit) {
    return crypto::Digest::parse("sha256:" + std::string(64, digit)).value();
}

// The values of docs/formats/pairing.md, which Python's hashlib made.
TEST(PairingProof, HasItsGoldenValues) {
    const auto code = normalize_code("0123-4567-89AB").value();
    EXPECT_EQ(code.view(), "0123456789AB");
    const auto key = derive_key(code, digest_of('a')).value();
    EXPECT_EQ(encoding::to_hex(key.view()),
              "7b70802f55086f4f71dac85a42c5bafc4f8251ca335a1cd9189feedd2e1706d2");
    EXPECT_EQ(encoding::to_hex(client_proof(key, digest_of('a'), digest_of('b')).value()),
              "8222e00d7b00f7307c26c0b279c3d0846c2f3fe3b03958198bda1342a09c6a11");
    EXPECT_EQ(encoding::to_hex(node_proof(key, digest_of('a'), digest_of('b')).value()),
              "1fdc65a1718f3625d58056db6612db019a2d85b6ba3ef014560bcb22882079ec");
}

TEST(PairingProof, CodesAreReadAsPeopleTypeThem) {
    EXPECT_EQ(normalize_code("o1il 4567 89ab\n")->view(), "0111456789AB");
    for (const auto* wrong : {"", "0123-4567-89A", "0123-4567-89ABC", "0123-4567-89AU", "0123_4567_89AB"})
        EXPECT_FALSE(normalize_code(wrong)) << wrong;
}

TEST(PairingProof, AWrongCodeIsNotRepeatedInTheError) {
    EXPECT_EQ(normalize_code("SECRET").error().message.find("SECRET"), std::string::npos);
}

TEST(PairingProof, CodesAreNewAndReadable) {
    std::set<std::string> codes;
    for (int i = 0; i < 100; ++i) {
        const auto code = make_code().value();
        EXPECT_EQ(code.size(), 14U);
        EXPECT_TRUE(normalize_code(code)) << code;
        codes.insert(code);
    }
    EXPECT_EQ(codes.size(), 100U);
}

TEST(PairingProof, ANodesProofIsNoClientsProof) {
    const auto key = derive_key(normalize_code("0123-4567-89AB").value(), digest_of('a')).value();
    EXPECT_NE(client_proof(key, digest_of('a'), digest_of('b')),
              node_proof(key, digest_of('a'), digest_of('b')));
}

} // namespace
} // namespace redoubt::pairing
