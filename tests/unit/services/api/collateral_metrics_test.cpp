// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/collateral_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tee/made_quote.hpp"
#include "tests/support/tee/made_report.hpp"

namespace redoubt::services::api {
namespace {

using testing::HasSubstr;
using testing::Not;

const tee::Time k_now = tee::parse_time("2026-01-01T00:00:00Z").value();

TEST(CollateralMetrics, SayHowLongTheBestOfEachIsGood) {
    const auto amd = tests::make_amd();
    const auto intel = tests::make_intel();
    attestation::Collateral collateral;
    collateral.snp_revocation_lists = {tests::make_list(amd.root, {}, "2025-12-31"),
                                       tests::make_list(amd.root, {}, "2026-01-02"),
                                       tests::make_list(amd.root, {}, "2025-12-30")};
    collateral.tdx = {intel.collateral()};
    const auto text = render_collateral_metrics(collateral, nullptr, k_now);
    EXPECT_THAT(text, HasSubstr("# TYPE kbs_collateral_expiry_seconds gauge\n"));
    EXPECT_THAT(text, HasSubstr("CN=ARK-Milan\"} 86400\n"));
    EXPECT_THAT(text, HasSubstr("place=\"tdx\",kind=\"tcb-info\",name=\"53494d53494d\"} "));
    EXPECT_THAT(text, HasSubstr("place=\"tdx\",kind=\"qe-identity\",name=\"TD_QE\"} "));
    EXPECT_THAT(text, Not(HasSubstr("fetches_total")));
}

TEST(CollateralMetrics, AreBelowZeroOnceItIsOver) {
    const auto amd = tests::make_amd();
    attestation::Collateral collateral;
    collateral.snp_revocation_lists = {tests::make_list(amd.root, {}, "2025-12-31")};
    EXPECT_THAT(render_collateral_metrics(collateral, nullptr, k_now), HasSubstr("\"} -86400\n"));
}

TEST(CollateralMetrics, CountHowFetchingGoes) {
    attestation::FetchState state;
    state.fetches = 3;
    state.failures = 2;
    state.vceks_declined = 1;
    const auto text = render_collateral_metrics({}, &state, k_now);
    EXPECT_THAT(text,
                HasSubstr("# TYPE kbs_collateral_fetches_total counter\nkbs_collateral_fetches_total 3\n"));
    EXPECT_THAT(text, HasSubstr("\nkbs_collateral_fetch_failures_total 2\n"));
    EXPECT_THAT(text, HasSubstr("\nkbs_vceks_declined_total 1\n"));
}

} // namespace
} // namespace redoubt::services::api
