// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/evidence_binding.hpp"

#include <gtest/gtest.h>

#include "common/encoding/hex.hpp"

namespace redoubt::guest::workload_api {
namespace {

TEST(EvidenceBinding, IsTheDigestThatTheFormatSays) {
    // printf 'org.redoubt.workload-evidence.v1\0c1\0nonce' | sha512sum
    EXPECT_EQ(encoding::to_hex(evidence_binding("c1", "nonce").value()),
              "40e3a58aca6cb4945c8eafd86e3ebd9dd91affd627051d6ee317baddc7e2d6de"
              "ccedf5399f9c2b72d026cf0c561a0b1b7c51bd53e69dd15d0f35ce3a49f0f9b0");
}

TEST(EvidenceBinding, TellsContainersAndDataApart) {
    const auto bound = evidence_binding("c1", "nonce").value();
    EXPECT_EQ(bound.size(), 64U);
    EXPECT_NE(bound, evidence_binding("c2", "nonce").value());
    EXPECT_NE(bound, evidence_binding("c1", "nonce2").value());
    EXPECT_NE(evidence_binding("c1", "1nonce").value(), evidence_binding("c11", "nonce").value());
}

} // namespace
} // namespace redoubt::guest::workload_api
