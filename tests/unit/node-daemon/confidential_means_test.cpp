// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/confidential_means.hpp"

#include <gtest/gtest.h>

namespace redoubt::node {
namespace {

Config make_settings() {
    Config config;
    config.confidential = {.simulator = "/run/simtee.sock",
                           .broker = {"broker", "8443"},
                           .firmware = "/ovmf/snp.fd",
                           .cpu_model = "EPYC-v4",
                           .tdx_firmware = "/ovmf/tdx.fd",
                           .quote_service_port = 4050,
                           .simulator_firmware = "/ovmf/plain.fd"};
    return config;
}

TEST(ConfidentialMeans, AreTheSimulatorWhereThereIsNoProcessor) {
    const auto means = make_confidential_means(make_settings(), {});
    EXPECT_TRUE(means.is_simulation());
    EXPECT_EQ(means.simulator, "/run/simtee.sock");
    EXPECT_EQ(means.simulator_firmware, "/ovmf/plain.fd");
    EXPECT_TRUE(means.has_relay);
}

TEST(ConfidentialMeans, AreTheProcessorThatKvmOffers) {
    host::SecureProcessors found;
    found.snp.offer = host::Offer::ready;
    found.c_bit = 47;
    found.reduced_phys_bits = 5;
    auto means = make_confidential_means(make_settings(), found);
    ASSERT_TRUE(means.snp);
    EXPECT_EQ(means.snp->c_bit, 47U);
    EXPECT_EQ(means.snp->reduced_phys_bits, 5U);
    EXPECT_EQ(means.snp->firmware, "/ovmf/snp.fd");
    EXPECT_FALSE(means.tdx);
    EXPECT_FALSE(means.is_simulation()) << "a simulator is none where there is the real thing";
    found = {};
    found.tdx.offer = host::Offer::ready;
    means = make_confidential_means(make_settings(), found);
    ASSERT_TRUE(means.tdx);
    EXPECT_EQ(means.tdx->firmware, "/ovmf/tdx.fd");
    EXPECT_EQ(means.tdx->quote_service_port, 4050U);
}

TEST(ConfidentialMeans, AreNoneOfAProcessorThatIsOffOrHasNoFirmware) {
    auto settings = make_settings();
    settings.confidential.simulator.clear();
    host::SecureProcessors found;
    found.snp.offer = host::Offer::off;
    EXPECT_FALSE(make_confidential_means(settings, found).has_processor());
    found.snp.offer = host::Offer::ready;
    settings.confidential.firmware.clear();
    EXPECT_FALSE(make_confidential_means(settings, found).has_processor());
}

} // namespace
} // namespace redoubt::node
