// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_output.hpp"

#include <gtest/gtest.h>

#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

json::Document parsed(std::string_view text) {
    return json::parse("answer", text).value();
}

void expect_both(const std::string& name, const Result<TrustView>& view) {
    ASSERT_TRUE(view) << view.error().message;
    expect_golden("trust-" + name + ".json", render(*view, /*json=*/true));
    expect_golden("trust-" + name + ".txt", render(*view, /*json=*/false));
}

TEST(TrustOutput, ShowsResourcesAndTheirVersions) {
    const auto list = parsed(R"([{"name":"shop/key/db","version":2,"created":"2026-01-31T08:00:00Z",
                                  "author":"certificate:alice","later":"ignored"}])");
    expect_both("resources", view_resources(list.root()));
    const auto versions = parsed(R"([
        {"name":"shop/key/db","version":2,"created":"2026-02-01T08:00:00Z","author":"bob","removed":true},
        {"name":"shop/key/db","version":1,"created":"2026-01-31T08:00:00Z","author":"alice","removed":false}])");
    expect_both("resource-versions", view_resource_versions("shop/key/db", versions.root()));
}

TEST(TrustOutput, ShowsPolicies) {
    const auto set =
        parsed(R"({"policy_id":"resource-policy","policy":"cGFja2FnZSBwb2xpY3k","digest":"sha256:ab",
                                "version":3,"created":"2026-01-31T08:00:00Z","author":"certificate:alice"})");
    const auto built_in =
        parsed(R"({"policy_id":"default_cpu","policy":"","digest":"sha256:cd","version":0})");
    const auto policy = read_policy_shown("resource", set.root());
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->text, "package policy");
    expect_both("policies",
                view_policies({*policy, read_policy_shown("attestation", built_in.root()).value()}));
}

TEST(TrustOutput, ShowsReferenceValuesAndTheirHistory) {
    const auto list =
        parsed(R"([{"name":"tpm_pcr11","value":["00","ff"],"expires":"2027-01-31T08:00:00Z",
                                  "source":"certificate:alice"},
                                 {"name":"long","value":[")" +
               std::string(100, 'a') + R"("],"expires":"2027-01-31T08:00:00Z","source":"signed by x"}])");
    expect_both("reference-values", view_reference_values(list.root()));
    const auto versions = parsed(R"([
        {"name":"a/b","version":2,"created":"2026-02-01T08:00:00Z","author":"bob","removed":true},
        {"name":"a/b","version":1,"created":"2026-01-31T08:00:00Z","author":"alice","removed":false,
         "value":["1"],"expires":"2027-01-31T08:00:00Z","source":"alice"}])");
    expect_both("reference-value-versions", view_reference_value_versions("a/b", versions.root()));
}

TEST(TrustOutput, ShowsTenantsApprovalsAndCollateral) {
    const auto tenants =
        parsed(R"([{"name":"acme","version":1,"created":"2026-01-31T08:00:00Z","author":"root",
                                     "settings":{"allow_simulation":true,"require_approval":false}}])");
    expect_both("tenants", view_tenants(tenants.root()));
    const auto approvals =
        parsed(R"([{"approval":"0011","tenant":"acme","operation":"tenant.put","object":"tenant/acme",
                    "by":"certificate:alice","ends":"2026-02-01T08:00:00Z","facts":{"settings":"sha256:ab"}}])");
    expect_both("approvals", view_approvals(approvals.root()));
    const auto collateral = parsed(
        R"([{"place":"snp","kind":"revocation-list","name":"CN=ARK-Milan","from":"2026-01-31T08:00:00Z",
                    "until":null,"expired":true,"source":"imported","origin":"bundle-7","came":"2026-02-01T08:00:00Z",
                    "last_error":null},
                   {"place":"tdx","kind":"tcb-info","name":"00806f050000","from":"2026-01-31T08:00:00Z",
                    "until":"2026-03-02T08:00:00Z","expired":false,"source":"fetched",
                    "origin":"https://pcs.test/tcb","came":"2026-02-01T08:00:00Z",
                    "last_error":"pcs.test:443: status 503"},
                   {"place":"tdx","kind":"qe-identity","name":"https://pcs.test/qe","from":null,"until":null,
                    "expired":true,"source":"fetched","origin":"https://pcs.test/qe","came":null,
                    "last_error":null}])");
    expect_both("collateral", view_collateral(collateral.root()));
}

TEST(TrustOutput, SaysWhatBecameOfChanges) {
    const std::vector<TrustChange> changes{{"resource/a/b/c", ""}, {"resource/d/e/f", "0011"}};
    expect_golden("trust-changes.json", render_changes(changes, /*json=*/true));
    expect_golden("trust-changes.txt", render_changes(changes, /*json=*/false));
}

TEST(TrustOutput, ALineOfTheLogMovesNoCursor) {
    const auto line = render_audit_line(
        R"({"actor":"guest","decision":"refused","facts":{},"object":"snp","op":"attest","peer":"192.0.2.1",)"
        R"("prev":"00","reason":"bad\u001b[2J","seq":7,"t":"2026-01-31T08:00:00Z","tenant":"","v":1})");
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(*line, "7 2026-01-31T08:00:00Z - guest attest snp refused: bad?[2J\n");
}

TEST(TrustOutput, RefusesAnswersThatAreNotWhatTheyShouldBe) {
    EXPECT_EQ(view_resources(parsed("{}").root()).error().code, Code::invalid_argument);
    EXPECT_EQ(view_resources(parsed(R"([{"name":1}])").root()).error().code, Code::invalid_argument);
    EXPECT_FALSE(view_tenants(parsed(R"([{"name":"a","version":1,"created":"","author":""}])").root()));
    EXPECT_FALSE(render_audit_line("nothing"));
}

} // namespace
} // namespace redoubt::ctl
