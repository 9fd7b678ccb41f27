// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/verifier/chip.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "common/encoding/base64.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;
namespace snp = tee::sev_snp;

const tests::MadeAmd& amd() {
    static const auto k_made = tests::make_amd();
    return k_made;
}

std::optional<Chip> missing(const std::string& report, const Collateral& collateral) {
    const bj::value evidence{{"attestation_report", encoding::to_base64(report)}};
    return missing_chip(json::Node(&evidence, "evidence"), collateral);
}

TEST(Chip, IsWhatItsVcekIsCalledBy) {
    const auto report = snp::parse_report(tests::make_report_body()).value();
    const auto chip = chip_of(report);
    ASSERT_TRUE(chip);
    const auto endorsement = snp::parse_endorsement(amd().vcek.certificate).value();
    EXPECT_EQ(key_of(*chip), key_of(endorsement));
}

TEST(Chip, IsMissingUntilItsVcekIsAtHand) {
    const auto report = tests::make_report_body();
    Collateral collateral;
    const auto chip = missing(report, collateral);
    ASSERT_TRUE(chip);
    collateral.vceks.emplace(key_of(*chip), amd().vcek.certificate);
    EXPECT_FALSE(missing(report, collateral));
    collateral.vceks.clear();
    collateral.snp_certificates = {amd().vcek.certificate};
    EXPECT_FALSE(missing(report, collateral));
}

TEST(Chip, IsNotAskedForWhereTheReportDoesNotTell) {
    const auto report = tests::make_report_body();
    auto old = report;
    old[0] = 2; // without CPUID
    EXPECT_FALSE(missing(old, {}));
    auto masked = report;
    masked[0x48] = 2; // MASK_CHIP_KEY
    EXPECT_FALSE(missing(masked, {}));
    auto by_vlek = report;
    by_vlek[0x48] = 4; // SIGNING_KEY
    EXPECT_FALSE(missing(by_vlek, {}));
    auto nobody = report;
    nobody.replace(0x1A0, 64, std::string(64, '\0'));
    EXPECT_FALSE(missing(nobody, {}));
    EXPECT_FALSE(missing("short", {}));
}

} // namespace
} // namespace redoubt::services::attestation
