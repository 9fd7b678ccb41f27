// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/init_data.hpp"

#include <gtest/gtest.h>

#include "common/crypto/digest.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::services::attestation {
namespace {

constexpr std::string_view k_text = R"(algorithm = "sha384"
version = "0.1.0"

[data]
"aa.toml" = """
[token_configs.kbs]
url = "https://broker"
"""
"policy.rego" = '''
package agent_policy
policy_data := {
  "containers": [{"name": "a"}]
}
'''
"note" = "hello"
)";

TEST(InitData, IsHashedAsItCameAndShownToPolicies) {
    const auto data = parse_init_data(k_text);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(encoding::to_hex(data->digest),
              crypto::digest_of(k_text, crypto::HashAlgorithm::sha384)->hex());
    EXPECT_EQ(data->claims.at("aa.toml").at("token_configs").at("kbs").at("url"), "https://broker");
    EXPECT_EQ(data->claims.at("agent_policy_claims").at("containers").at(0).at("name"), "a");
    EXPECT_EQ(data->claims.at("note"), "hello");
    EXPECT_FALSE(data->claims.contains("policy.rego"));
}

TEST(InitData, RefusesWhatItCannotHash) {
    for (const auto* text : {"", "x", "algorithm = \"sm3\"\n", "algorithm = \"SHA256\"\n",
                             "version = \"0.2.0\"\nalgorithm = \"sha256\"\n", "algorithm = 256\n"})
        EXPECT_FALSE(parse_init_data(text)) << text;
    EXPECT_FALSE(parse_init_data(std::string(2U << 20U, '#')));
    EXPECT_TRUE(parse_init_data("algorithm = \"sha256\"\nversion = \"0.1.0\"\n"));
}

} // namespace
} // namespace redoubt::services::attestation
