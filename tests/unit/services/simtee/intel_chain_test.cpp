// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/intel_chain.hpp"

#include <gtest/gtest.h>

#include "common/tee/tdx/quote.hpp"

namespace redoubt::services::simtee {
namespace {

TEST(IntelChain, PutsEachFieldWhereTheParserFindsIt) {
    const auto td =
        tee::tdx::parse_td_report(render_td_report({.mr_td = std::string(48, 't'),
                                                    .mr_config_id = std::string(48, 'c'),
                                                    .rtmr = {std::string(48, '0'), std::string(48, '1'),
                                                             std::string(48, '2'), std::string(48, '3')},
                                                    .report_data = std::string(64, 'd')}),
                                  tee::tdx::BodyType::td_1_0);
    ASSERT_TRUE(td) << td.error().message;
    EXPECT_EQ(td->mr_td, std::string(48, 't'));
    EXPECT_EQ(td->mr_config_id, std::string(48, 'c'));
    EXPECT_EQ(td->mr_owner, std::string(48, '\0'));
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(td->rtmr.at(i), std::string(48, static_cast<char>('0' + i)));
    EXPECT_EQ(td->report_data, std::string(64, 'd'));
}

TEST(IntelChain, MakesNoQuoteByAKeyThatIsNotP256) {
    const auto good = crypto::PrivateKey::generate(crypto::Curve::p256).value();
    const auto bad = crypto::PrivateKey::generate(crypto::Curve::p384).value();
    EXPECT_FALSE(make_quote({.pck = &good, .pck_chain = "x", .attestation_key = &bad}, render_td_report({})));
}

TEST(IntelChain, RefusesAPpidOfAnotherSize) {
    EXPECT_FALSE(make_intel_chain({.validity = {}, .ppid = "SIM"}));
}

} // namespace
} // namespace redoubt::services::simtee
