// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/amd_chain.hpp"

#include <gtest/gtest.h>

#include "common/tee/sev_snp/cert_table.hpp"
#include "common/tee/sev_snp/report.hpp"

namespace redoubt::services::simtee {
namespace {

ReportFields make_fields() {
    return {.chip_id = std::string(64, 'S'),
            .vmpl = 2,
            .report_data = std::string(64, 'd'),
            .measurement = std::string(48, 'm'),
            .host_data = std::string(32, 'h'),
            .report_id = std::string(32, 'i')};
}

TEST(AmdChain, PutsEachFieldWhereTheParserFindsIt) {
    const auto report = tee::sev_snp::parse_report(render_report(make_fields()));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->vmpl, 2U);
    EXPECT_EQ(report->report_data, std::string(64, 'd'));
    EXPECT_EQ(report->measurement, std::string(48, 'm'));
    EXPECT_EQ(report->host_data, std::string(32, 'h'));
    EXPECT_EQ(report->report_id, std::string(32, 'i'));
    EXPECT_EQ(report->policy & tee::sev_snp::k_policy_debug, 0U);
    EXPECT_EQ(report->committed_version, (tee::sev_snp::FirmwareVersion{1, 55, 21}));
    EXPECT_TRUE(tee::sev_snp::broken_reserved_fields(*report).empty());
    EXPECT_EQ(tee::sev_snp::product_of(*report)->value(), tee::sev_snp::Product::milan);
}

TEST(AmdChain, LongerFieldsDoNotReachTheirNeighbours) {
    auto fields = make_fields();
    fields.report_data += "x";
    fields.host_data += "x";
    EXPECT_EQ(render_report(fields), render_report(make_fields()));
}

TEST(AmdChain, SignsByAP384KeyAlone) {
    const auto other = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    EXPECT_FALSE(sign_report(render_report(make_fields()), other));
}

TEST(AmdChain, RefusesAChipIdOfAnotherSize) {
    EXPECT_FALSE(make_amd_chain({.validity = {}, .chip_id = "SIM", .rsa_bits = 2048}));
}

TEST(AmdChain, WritesATableThatTheParserReads) {
    const auto table = render_cert_table({{k_vcek_guid, "leaf"}, {k_ark_guid, "the root"}});
    const auto entries = tee::sev_snp::parse_cert_table(table);
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ(entries->at(0).name, "VCEK");
    EXPECT_EQ(entries->at(0).bytes, "leaf");
    EXPECT_EQ(entries->at(1).name, "ARK");
    EXPECT_EQ(entries->at(1).bytes, "the root");
}

} // namespace
} // namespace redoubt::services::simtee
