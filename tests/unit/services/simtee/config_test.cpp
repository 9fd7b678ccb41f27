// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/config.hpp"

#include <gtest/gtest.h>

namespace redoubt::services::simtee {
namespace {

TEST(SimteeConfig, PlaysTheAmdProcessorByDefault) {
    const auto config = make_config(config::Settings(config_schema()));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->listen, "/run/redoubt-simtee/simtee.sock");
    EXPECT_EQ(config->qemu, "/usr/bin/qemu-system-x86_64");
    EXPECT_FALSE(config->snp_firmware.empty());
    EXPECT_TRUE(config->tdx_firmware.empty());
    EXPECT_TRUE(config->executed_firmware.empty());
}

TEST(SimteeConfig, NeedsAProcessorToPlay) {
    config::Settings settings(config_schema());
    ASSERT_TRUE(settings.merge("[snp]\nfirmware = \"\"\n", "x.toml"));
    EXPECT_FALSE(make_config(settings));
    ASSERT_TRUE(settings.merge("[tdx]\nfirmware = \"/tdvf\"\n", "x.toml"));
    EXPECT_TRUE(make_config(settings));
}

} // namespace
} // namespace redoubt::services::simtee
