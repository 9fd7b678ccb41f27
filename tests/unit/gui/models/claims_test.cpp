// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/models/claims.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace redoubt::gui {
namespace {

using Verdict = Claim::Verdict;

Claim claim_of(const Confidential& launch, const QString& name) {
    const auto claims = claims_of(launch);
    const auto found = std::ranges::find(claims, name, &Claim::name);
    return found == claims.end() ? Claim() : *found;
}

Confidential launch() {
    return {.trust = "sev-snp",
            .initdata_digest = "sha384:" + std::string(96, 'a'),
            .host_data = std::string(64, 'a'),
            .measurement = "01",
            .firmware = "OVMF",
            .broker = "kbs:1"};
}

TEST(Claims, TellThatASimulationProtectsNothing) {
    auto told = launch();
    told.trust = "simulation";
    EXPECT_EQ(claim_of(told, QStringLiteral("Secure processor")).verdict, Verdict::differs);
    EXPECT_EQ(claim_of(launch(), QStringLiteral("Secure processor")).verdict, Verdict::holds);
    told.trust.clear();
    EXPECT_EQ(claim_of(told, QStringLiteral("Secure processor")).verdict, Verdict::not_known)
        << "nothing said is nothing shown";
}

TEST(Claims, CompareWhatTheLaunchIsBoundToWithTheInitdata) {
    const auto name = QStringLiteral("Launch is bound to the initdata");
    EXPECT_EQ(claim_of(launch(), name).verdict, Verdict::holds);
    auto other = launch();
    other.host_data[3] = 'b';
    EXPECT_EQ(claim_of(other, name).verdict, Verdict::differs);
    other.host_data.clear();
    EXPECT_EQ(claim_of(other, name).verdict, Verdict::not_known);
}

TEST(Claims, NeverSayThatAMeasurementWasSeen) {
    const auto claim = claim_of(launch(), QStringLiteral("Launch measurement"));
    EXPECT_EQ(claim.verdict, Verdict::not_known);
    EXPECT_TRUE(claim.got.isEmpty());
}

TEST(Claims, CutAndPadDigestsAsHardwareTakesThem) {
    EXPECT_EQ(bound_digest("sha384:aabbcc", 4), "aabb");
    EXPECT_EQ(bound_digest("sha256:aa", 6), "aa0000");
    EXPECT_EQ(bound_digest("aa", 6), "");
    EXPECT_EQ(bound_digest("sha256:", 6), "");
}

} // namespace
} // namespace redoubt::gui
