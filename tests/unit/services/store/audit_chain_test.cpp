// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/store/audit_chain.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::store {
namespace {

AuditEntry entry(const std::string& object) {
    return {.tenant = "acme",
            .actor = "guest",
            .peer = "192.0.2.1",
            .operation = "release",
            .object = object,
            .decision = "allowed",
            .reason = {},
            .facts = {{"version", 1}}};
}

std::vector<std::string> chain(std::size_t count) {
    std::vector<std::string> lines;
    std::string head(k_first_hash);
    for (std::size_t i = 1; i <= count; ++i) {
        lines.push_back(render_record(entry("resource/" + std::to_string(i)), static_cast<std::int64_t>(i),
                                      "2026-01-31T08:00:00Z", head)
                            .value());
        head = hash_record(lines.back()).value();
    }
    return lines;
}

TEST(AuditChain, IsOneLineOfCanonicalJsonARecord) {
    EXPECT_EQ(
        chain(1)[0],
        R"({"actor":"guest","decision":"allowed","facts":{"version":1},"object":"resource/1","op":"release","peer":"192.0.2.1",)"
        R"("prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"t":"2026-01-31T08:00:00Z","tenant":"acme","v":1})");
}

TEST(AuditChain, IsUnbrokenOnlyAsItWasWritten) {
    const auto good = chain(5);
    AuditVerifier verifier;
    for (const auto& line : good) ASSERT_TRUE(verifier.next(line));
    EXPECT_EQ(verifier.count(), 5);
    EXPECT_EQ(verifier.head(), hash_record(good.back()).value());
    const auto breaks = [](std::vector<std::string> lines) {
        AuditVerifier judge;
        for (const auto& line : lines)
            if (const auto status = judge.next(line); !status) return status.error().code == Code::data_loss;
        return false;
    };
    EXPECT_TRUE(breaks({good[1], good[2]}));
    EXPECT_TRUE(breaks({good[0], good[2]}));
    EXPECT_TRUE(breaks({good[0], good[0]}));
    EXPECT_TRUE(breaks({good[0], ""}));
    EXPECT_TRUE(breaks({"{}"}));
    for (std::size_t i = 0; i < good[1].size(); ++i) {
        auto changed = good[1];
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_TRUE(breaks({good[0], changed, good[2]})) << i;
    }
}

} // namespace
} // namespace redoubt::services::store
