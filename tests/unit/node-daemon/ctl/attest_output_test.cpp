// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/attest_output.hpp"

#include <gtest/gtest.h>

#include "node-daemon/ctl/attest_sources.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

tee::Explanation explanation(bool is_good) {
    tee::Explanation made;
    made.check(tee::Stage::crypto, "attest.signature", true, "ecdsa with sha256", "verifies",
               "attestation key");
    made.check(tee::Stage::policy, "reference.pcr11", is_good, "aa", is_good ? "aa" : "bb\x1b[1m",
               "pcrs.json (ready)");
    made.skip(tee::Stage::crypto, "log.replay", "a log that explains PCR 0 to 7",
              "the node sent no event log");
    return made;
}

NodeVerdict verdict(bool is_good) {
    NodeVerdict made;
    made.links.push_back({"guest", explanation(true)});
    made.links.push_back({"host", explanation(is_good)});
    made.verified_at = "2026-01-31T08:00:00Z";
    made.nonce = "nonce";
    made.guest_digest = "digest";
    made.evidence = R"({"format":"redoubt-node-evidence/1"})";
    return made;
}

TEST(AttestOutput, ShowsEachClaimWithItsExpectationAndSource) {
    expect_golden("attest-node.txt", render_verdict(verdict(false)));
    expect_golden("attest-node.json", indented(verdict_json(verdict(false))));
}

TEST(AttestOutput, AcceptsOnlyWhenEveryLinkDoes) {
    EXPECT_TRUE(is_accepted(verdict(true)));
    EXPECT_FALSE(is_accepted(verdict(false)));
    EXPECT_FALSE(is_accepted({}));
}

TEST(AttestSources, TakesFromTheBrokerWhatHasNotEnded) {
    const auto list = json::parse("answer", R"([
        {"name":"tpm_pcr7","value":[")" + std::string(64, 'a') +
                                                R"("],"expires":"2027-01-01T00:00:00Z","source":"x"},
        {"name":"tpm_pcr11","value":[")" + std::string(64, 'b') +
                                                R"("],"expires":"2025-01-01T00:00:00Z","source":"x"},
        {"name":"enrolled_nodes","value":[{"attestation_key":"a","endorsement_key":"e"}],"expires":"2027-01-01T00:00:00Z","source":"x"},
        {"name":"init_data","value":["00ff"],"expires":"2027-01-01T00:00:00Z","source":"x"}])")
                          .value();
    AttestExpectations expected;
    const auto now = tee::parse_time("2026-01-31T08:00:00Z").value();
    const auto added = add_broker_values(expected, list.root(), "https://kbs", now);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(expected.host.reference.size(), 1U);
    EXPECT_EQ(expected.host.nodes.size(), 1U);
    EXPECT_EQ(expected.host.nodes_source, "https://kbs");
    EXPECT_EQ(expected.guest.host_data.size(), 1U);
    EXPECT_FALSE(add_broker_values(expected, list.root()[std::string_view("no list")], "x", now));
}

} // namespace
} // namespace redoubt::ctl
