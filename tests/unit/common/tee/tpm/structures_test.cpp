// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/structures.hpp"

#include <gtest/gtest.h>

namespace redoubt::tee::tpm {
namespace {

using namespace std::literals;

const std::string k_quote =
    "\xff\x54\x43\x47\x80\x18\0\0\0\2\x90\x09"s + std::string(25, '\0') + "\0\0\0\1\0\x0b\3\x81\0\0\0\2ab"s;

TEST(TpmAttest, ReadsNonceAndSelection) {
    const auto attest = parse_attest(k_quote);
    ASSERT_TRUE(attest) << attest.error().message;
    EXPECT_EQ(attest->extra_data, "\x90\x09");
    EXPECT_EQ(attest->selections.front().pcrs, (std::vector<std::uint32_t>{0, 7}));
}

TEST(TpmAttest, RefusesOtherMagicTypesAndTails) {
    auto other = k_quote;
    other[0] = 0;
    EXPECT_FALSE(parse_attest(other));
    other = k_quote;
    other[5] = 0x17;
    EXPECT_FALSE(parse_attest(other));
    EXPECT_FALSE(parse_attest(k_quote + "x"));
    EXPECT_FALSE(parse_attest(k_quote.substr(0, k_quote.size() - 1)));
}

TEST(TpmPublic, RefusesCurvesAndKeysThatAreNotSound) {
    const std::string ecc = "\0\x23\0\x0b\0\5\0\x72\0\0\0\x10\0\x18\0\x0b\0\3\0\x10\0\x20"s +
                            std::string(32, '\1') + "\0\x20"s + std::string(32, '\1');
    EXPECT_FALSE(parse_public(ecc)); // not on the curve
    EXPECT_FALSE(parse_public("\0\x08\0\x0b\0\0\0\0\0\0"s));
}

TEST(TpmPcrs, TheBankFollowsFromTheLength) {
    const auto values =
        parse_pcr_values(R"({"7":")" + std::string(64, 'a') + R"(","4":")" + std::string(40, 'b') + R"("})");
    ASSERT_TRUE(values) << values.error().message;
    EXPECT_EQ(values->at(Hash::sha256).at(7), std::string(32, '\xaa'));
    EXPECT_EQ(values->at(Hash::sha1).at(4), std::string(20, '\xbb'));
    EXPECT_FALSE(parse_pcr_values(R"({"40":")" + std::string(64, 'a') + R"("})"));
    EXPECT_FALSE(parse_pcr_values(R"({"4":"aa"})"));
}

} // namespace
} // namespace redoubt::tee::tpm
