// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/report.hpp"

#include <gtest/gtest.h>

#include "tests/support/tee/made_report.hpp"

namespace redoubt::tee::sev_snp {
namespace {

using namespace std::string_view_literals;

TEST(SnpReport, VersionFourIsRefused) {
    for (const int version : {0, 1, 4, 6, 99}) {
        auto body = tests::make_report_body();
        body[0] = static_cast<char>(version);
        EXPECT_FALSE(parse_report(body)) << version;
    }
}

TEST(SnpReport, TheGenerationDecidesTheLayoutOfATcb) {
    const auto raw = "\x01\x02\x03\x04\x05\x06\x07\x08"sv;
    const auto milan = decode_tcb(Product::milan, raw);
    EXPECT_EQ(milan.bootloader, 1);
    EXPECT_EQ(milan.snp, 7);
    EXPECT_EQ(milan.microcode, 8);
    const auto turin = decode_tcb(Product::turin, raw);
    EXPECT_EQ(turin.fmc, 1);
    EXPECT_EQ(turin.bootloader, 2);
    EXPECT_EQ(turin.snp, 4);
}

TEST(SnpReport, TcbsAreComparedByComponent) {
    // As one number the left side would be larger.
    EXPECT_FALSE(is_at_least(decode_tcb(Product::milan, "\x03\0\0\0\0\0\x08\xff"sv),
                             decode_tcb(Product::milan, "\x04\0\0\0\0\0\x08\x01"sv)));
    EXPECT_TRUE(is_at_least(decode_tcb(Product::milan, "\x04\0\0\0\0\0\x08\x01"sv),
                            decode_tcb(Product::milan, "\x04\0\0\0\0\0\x08\x01"sv)));
}

TEST(SnpReport, UnknownProcessorsAreRefused) {
    auto body = tests::make_report_body();
    body[0x189] = 0x60;
    EXPECT_FALSE(product_of(*parse_report(body)));
    body[0x188] = 0x1A;
    body[0x189] = 0x02;
    EXPECT_EQ(*product_of(*parse_report(body)), Product::turin);
}

} // namespace
} // namespace redoubt::tee::sev_snp
