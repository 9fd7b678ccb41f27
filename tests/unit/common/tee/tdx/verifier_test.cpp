// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/verifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tee/made_quote.hpp"

namespace redoubt::tee::tdx {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class TdxVerifier : public testing::Test {
  protected:
    static const tests::MadeIntel& intel() {
        static const auto k_intel = tests::make_intel();
        return k_intel;
    }

    std::vector<std::string> failures() {
        verdict = verify_quote(tests::make_quote(intel(), body, key, key), collateral, anchors, policy, at);
        std::vector<std::string> names;
        for (const Claim* claim : verdict.explanation.failures()) names.push_back(claim->name);
        EXPECT_EQ(names.empty(), verdict.verified.has_value());
        return names;
    }

    TdxVerifier() { policy.allows_simulation = true; }

    std::string body = tests::make_td_body();
    tests::Key key = tests::Key::ec("P-256");
    Collateral collateral = intel().collateral();
    std::vector<TrustAnchor> anchors = intel().anchors();
    Policy policy;
    Time at = *parse_time("2026-01-01");
    Verdict verdict;
};

TEST_F(TdxVerifier, AcceptsAQuoteWithCompleteCollateral) {
    EXPECT_THAT(failures(), IsEmpty());
    EXPECT_EQ(verdict.tcb->overall, TcbStatus::up_to_date);
}

TEST_F(TdxVerifier, RefusesTheSimulationClassUnlessThePolicyNamesIt) {
    policy.allows_simulation = false;
    EXPECT_THAT(failures(), ElementsAre("policy.anchor_class"));
}

TEST_F(TdxVerifier, RefusesARootOfTheSameName) {
    anchors = *production_anchors();
    EXPECT_THAT(failures(), Contains("chain.root"));
}

TEST_F(TdxVerifier, RefusesWithoutAnyPartOfTheCollateral) {
    collateral.tcb_info.reset();
    EXPECT_THAT(failures(), ElementsAre("tcb_info.present"));
    collateral = intel().collateral();
    collateral.qe_identity.reset();
    EXPECT_THAT(failures(), ElementsAre("qe_identity.present"));
    collateral = intel().collateral();
    collateral.revocation_lists.pop_back();
    EXPECT_THAT(failures(), ElementsAre("chain.pck.revocation"));
}

TEST_F(TdxVerifier, RefusesATcbSignerWithoutARevocationListOfTheRoot) {
    collateral.revocation_lists.erase(collateral.revocation_lists.begin());
    EXPECT_THAT(failures(),
                ElementsAre("chain.authority.revocation", "tcb_info.signer", "qe_identity.signer"));
}

TEST_F(TdxVerifier, RefusesAChangedDocument) {
    collateral.tcb_info->body.replace(collateral.tcb_info->body.find("UpToDate"), 8, "Revoked ");
    EXPECT_THAT(failures(), Contains("tcb_info.signature"));
}

TEST_F(TdxVerifier, RefusesExpiredCollateral) {
    at = *parse_time("2044-01-01");
    EXPECT_THAT(failures(), Contains("tcb_info.freshness"));
}

TEST_F(TdxVerifier, RefusesAPlatformBelowEveryLevel) {
    body[2] = 2;
    EXPECT_THAT(failures(), ElementsAre("tcb.level"));
}

TEST_F(TdxVerifier, RefusesAModuleThatIntelDoesNotDescribe) {
    body[1] = 9;
    EXPECT_THAT(failures(), ElementsAre("module.known", "tcb.level"));
}

TEST_F(TdxVerifier, RefusesDebugAndUnknownAttributes) {
    body[120] = 1;
    EXPECT_THAT(failures(), ElementsAre("policy.debug"));
    body[120] = 2;
    EXPECT_THAT(failures(), ElementsAre("policy.attributes"));
}

TEST_F(TdxVerifier, HoldsEvaluationsToTheFloor) {
    policy.evaluation_number_floor = 18;
    EXPECT_THAT(failures(), ElementsAre("tcb_info.evaluation_number", "qe_identity.evaluation_number"));
}

TEST_F(TdxVerifier, WantsTheRegistersThatThePolicyNames) {
    policy.mr_td = {std::string(48, 'T')};
    policy.registers["rtmr0"] = std::string(48, '\0');
    EXPECT_THAT(failures(), IsEmpty());
    policy.registers["rtmr3"] = std::string(48, '\1');
    policy.registers["nonsense"] = std::string(48, '\1');
    EXPECT_THAT(failures(), ElementsAre("policy.nonsense", "policy.rtmr3"));
}

TEST_F(TdxVerifier, ALogHasToExplainTheRegisters) {
    EventLog log;
    log.banks = {Hash::sha384};
    log.events = {{1,
                   k_ev_separator,
                   {{Hash::sha384, *hash_of(Hash::sha384, {std::string_view("\0\0\0\0", 4)})}},
                   std::string(4, '\0')}};
    const auto refused =
        verify_quote(tests::make_quote(intel(), body, key, key), collateral, anchors, policy, at, &log);
    EXPECT_FALSE(refused.verified);
    body.replace(328, 48, replay(log, Hash::sha384)->at(1));
    const auto accepted =
        verify_quote(tests::make_quote(intel(), body, key, key), collateral, anchors, policy, at, &log);
    EXPECT_TRUE(accepted.verified);
}

} // namespace
} // namespace redoubt::tee::tdx
