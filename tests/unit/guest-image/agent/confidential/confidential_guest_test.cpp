// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/confidential_guest.hpp"

#include <gtest/gtest.h>

namespace redoubt::guest::confidential {
namespace {

initdata::Initdata made(crypto::HashAlgorithm algorithm) {
    return initdata::Initdata::parse(
               initdata::render(algorithm, {{"policy.rego", "package agent_policy"}}).value())
        .value();
}

attester::Evidence launched_with(std::string init_data) {
    return {.tee = "snp", .json = {}, .report_data = {}, .init_data = std::move(init_data)};
}

TEST(CheckLaunch, TakesTheDigestAsTheHardwareHoldsIt) {
    for (const auto algorithm :
         {crypto::HashAlgorithm::sha256, crypto::HashAlgorithm::sha384, crypto::HashAlgorithm::sha512}) {
        const auto data = made(algorithm);
        EXPECT_TRUE(check_launch(data, launched_with(data.host_data())));
        EXPECT_TRUE(check_launch(data, launched_with(data.mr_config_id())));
    }
}

TEST(CheckLaunch, RefusesEveryOtherLaunchAndNamesBothDigests) {
    const auto data = made(crypto::HashAlgorithm::sha384);
    auto other = data.host_data();
    other.back() = static_cast<char>(other.back() ^ 1);
    for (const auto& init_data : {other, std::string(32, '\0'), std::string(48, '\0'), std::string()}) {
        const auto refused = check_launch(data, launched_with(init_data));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::permission_denied);
        EXPECT_TRUE(refused.error().message.contains(data.digest().str())) << refused.error().message;
    }
}

} // namespace
} // namespace redoubt::guest::confidential
