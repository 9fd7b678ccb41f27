// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/verifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tee/made_report.hpp"

namespace redoubt::tee::sev_snp {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class SnpVerifier : public testing::Test {
  protected:
    static const tests::MadeAmd& amd() {
        static const auto k_amd = tests::make_amd();
        return k_amd;
    }

    std::vector<std::string> failures() {
        const auto report = tests::sign_report(body, amd().vcek.key);
        verdict = verify_report(report, endorsements, authorities, policy, at);
        std::vector<std::string> names;
        for (const Claim* claim : verdict.explanation.failures()) names.push_back(claim->name);
        EXPECT_EQ(names.empty(), verdict.verified.has_value());
        return names;
    }

    SnpVerifier() { policy.allows_simulation = true; }

    std::string body = tests::make_report_body();
    Endorsements endorsements = amd().endorsements();
    AmdAuthorities authorities = amd().authorities();
    Policy policy;
    Time at = *parse_time("2026-01-01");
    Verdict verdict;
};

TEST_F(SnpVerifier, AcceptsAReportOfATrustedChip) {
    EXPECT_THAT(failures(), IsEmpty());
    EXPECT_EQ(verdict.verified->anchor_class(), AnchorClass::simulation);
}

TEST_F(SnpVerifier, RefusesTheSimulationClassUnlessThePolicyNamesIt) {
    policy.allows_simulation = false;
    EXPECT_THAT(failures(), ElementsAre("policy.anchor_class"));
}

TEST_F(SnpVerifier, RefusesWhatTheBuiltInRootsDoNotKnow) {
    authorities = *production_authorities();
    endorsements.certificates.push_back(amd().signer.certificate);
    endorsements.certificates.push_back(amd().root.certificate);
    EXPECT_THAT(failures(), Contains("chain.root"));
}

TEST_F(SnpVerifier, RefusesWithoutARevocationListUnlessTold) {
    endorsements.revocation_lists.clear();
    EXPECT_THAT(failures(), ElementsAre("chain.signer.revocation"));
    policy.revocation = RevocationRule::when_given;
    EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(SnpVerifier, RefusesAStaleListEvenWhenListsAreOptional) {
    endorsements.revocation_lists = {tests::make_list(amd().root, {}, "2025-02-01")};
    policy.revocation = RevocationRule::when_given;
    EXPECT_THAT(failures(), ElementsAre("chain.signer.revocation"));
}

TEST_F(SnpVerifier, RefusesARevokedSigner) {
    endorsements.revocation_lists = {tests::make_list(amd().root, {2})};
    EXPECT_THAT(failures(), ElementsAre("chain.signer.revocation"));
}

TEST_F(SnpVerifier, RefusesAListByAnotherRoot) {
    endorsements.revocation_lists = {tests::make_list(tests::make_amd().root, {})};
    EXPECT_THAT(failures(), ElementsAre("chain.signer.revocation"));
}

TEST_F(SnpVerifier, RefusesExpiredCertificates) {
    at = *parse_time("2045-06-01");
    EXPECT_THAT(failures(), Contains("chain.leaf.validity"));
}

TEST_F(SnpVerifier, RefusesDebugPolicyAndOtherLevels) {
    body[0x0A] = static_cast<char>(body[0x0A] | 0x08);
    body[0x30] = 1;
    EXPECT_THAT(failures(), ElementsAre("policy.debug", "policy.vmpl"));
}

TEST_F(SnpVerifier, RefusesReportsOfTheHost) {
    body.replace(0x30, 4, "\xff\xff\xff\xff");
    policy.vmpl.reset();
    EXPECT_THAT(failures(), ElementsAre("report.vmpl"));
}

TEST_F(SnpVerifier, RefusesAMaskedChip) {
    body.replace(0x1A0, 64, std::string(64, '\0'));
    EXPECT_THAT(failures(), ElementsAre("endorsement.chip_id"));
}

TEST_F(SnpVerifier, RefusesATcbThatTheCertificateIsNotFor) {
    body[0x186] = 0x17;
    EXPECT_THAT(failures(), ElementsAre("endorsement.tcb"));
}

TEST_F(SnpVerifier, RefusesAReportedTcbAboveTheCurrentOne) {
    body[0x38 + 6] = 0x17;
    EXPECT_THAT(failures(), ElementsAre("report.tcb_order"));
}

TEST_F(SnpVerifier, RefusesTcbsBelowTheFloor) {
    policy.reported_floor.microcode = 220;
    policy.committed_floor.snp = 25;
    EXPECT_THAT(failures(), ElementsAre("policy.reported_tcb", "policy.committed_tcb"));
}

TEST_F(SnpVerifier, ComparesAllOfTheReportData) {
    policy.report_data = std::string("nonce");
    EXPECT_THAT(failures(), ElementsAre("policy.report_data"));
    body.replace(0x50, 5, "nonce");
    EXPECT_THAT(failures(), IsEmpty());
    body[0x8F] = 1;
    EXPECT_THAT(failures(), ElementsAre("policy.report_data"));
}

TEST_F(SnpVerifier, WantsOneOfTheMeasurements) {
    policy.measurements = {std::string(48, 'X')};
    EXPECT_THAT(failures(), ElementsAre("policy.measurement"));
    policy.measurements.emplace_back(48, 'M');
    EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(SnpVerifier, RefusesAMigrationAgent) {
    body[0x160] = 1;
    EXPECT_THAT(failures(), ElementsAre("policy.migration_agent"));
}

TEST_F(SnpVerifier, RefusesAnotherProductThanTheCallerNamed) {
    policy.product = Product::genoa;
    EXPECT_THAT(failures(), ElementsAre("report.product"));
}

TEST_F(SnpVerifier, RefusesTwoLeaves) {
    endorsements.certificates.push_back(amd().vcek.certificate);
    EXPECT_THAT(failures(), Contains("endorsement.present"));
}

TEST_F(SnpVerifier, ARefusedReportIsStillShown) {
    body[0x0A] = static_cast<char>(body[0x0A] | 0x08);
    EXPECT_THAT(failures(), ElementsAre("policy.debug"));
    ASSERT_TRUE(verdict.report);
    EXPECT_EQ(verdict.report->measurement, std::string(48, 'M'));
}

} // namespace
} // namespace redoubt::tee::sev_snp
