// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/audit/chain.hpp"

#include <gtest/gtest.h>

namespace redoubt::audit {
namespace {

std::string record(std::int64_t number, std::string_view previous, int version = 1) {
    return std::format(R"({{"op":"release","prev":"{}","seq":{},"v":{}}})", previous, number, version);
}

TEST(AuditChain, GoesFromRecordToRecordByTheirHashes) {
    // The hash of a zero byte and the line, as another program computes it.
    const auto first = record(1, k_first_hash);
    ChainVerifier verifier;
    ASSERT_TRUE(verifier.next(first));
    EXPECT_EQ(verifier.head(), "2e202391c07c5b14c8305337f0b66659ef7f884a857ddc1bdd0387d446a02553");
    ASSERT_TRUE(verifier.next(record(2, verifier.head())));
    EXPECT_EQ(verifier.count(), 2);
}

TEST(AuditChain, IsBrokenByAnythingElse) {
    const auto first = record(1, k_first_hash);
    const auto head = hash_record(first).value();
    const auto refused = [&](const std::string& line) {
        ChainVerifier verifier;
        EXPECT_TRUE(verifier.next(first));
        const auto status = verifier.next(line);
        if (!status) EXPECT_EQ(verifier.head(), head) << "what was refused changes nothing";
        return status ? std::string() : status.error().message;
    };
    EXPECT_TRUE(refused("").contains("audit record 2"));
    EXPECT_TRUE(refused(record(3, head)).contains("out of sequence"));
    EXPECT_TRUE(refused(record(2, k_first_hash)).contains("does not continue"));
    EXPECT_TRUE(refused(record(2, head, 2)).contains("version"));
    EXPECT_TRUE(refused(" " + record(2, head)).contains("canonical"));
    EXPECT_TRUE(refused(record(2, head)).empty());
}

} // namespace
} // namespace redoubt::audit
