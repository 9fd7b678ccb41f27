// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/expected_measurement.hpp"

#include <gtest/gtest.h>

#include "common/base/file.hpp"
#include "node-daemon/tee/tdx/launch_registers.hpp"

namespace redoubt::node::tee {
namespace {

constexpr auto k_snp_firmware = "/usr/share/ovmf/OVMF.amdsev.fd";
constexpr auto k_td_firmware = "/usr/share/ovmf/OVMF.inteltdx.ms.fd";

class ExpectedMeasurement : public testing::Test {
  protected:
    void SetUp() override {
        vm_.kernel = testing::TempDir() + "/expected-measurement-kernel";
        vm_.initramfs = testing::TempDir() + "/expected-measurement-initramfs";
        ASSERT_TRUE(write_file(vm_.kernel, "kernel"));
        ASSERT_TRUE(write_file(vm_.initramfs, "initramfs"));
        vm_.cmdline = "console=hvc0";
    }
    std::string measure(launch::ConfidentialLaunch processor, const MeasuredPlatform& platform = {}) {
        vm_.confidential = std::move(processor);
        const auto found = expected_measurement(vm_, platform);
        return found ? *found : found.error().message;
    }

    launch::VmSpec vm_{.id = SandboxId("ab12"),
                       .kernel = {},
                       .initramfs = {},
                       .cmdline = {},
                       .runtime_directory = {},
                       .disks = {},
                       .networks = {}};
};

TEST_F(ExpectedMeasurement, OfASimulationIsThatOfTheHardwareItPlays) {
    const launch::SimulatedLaunch simulated{.simulator = "/s", .host_data = std::string(32, 'h')};
    EXPECT_EQ(measure(simulated), "") << "without a firmware none is computed";
    const auto played = measure(simulated, {.firmware = k_snp_firmware, .cpu_model = "EPYC-v4"});
    EXPECT_EQ(played.size(), 96U) << played;
    const auto real = measure(launch::SnpLaunch{
        .host_data = std::string(32, 'h'), .firmware = k_snp_firmware, .cpu_model = "EPYC-v4"});
    EXPECT_EQ(real, played);
}

TEST_F(ExpectedMeasurement, OfSnpIsAboutEveryInputOfTheLaunch) {
    const launch::SnpLaunch snp{
        .host_data = std::string(32, 'h'), .firmware = k_snp_firmware, .cpu_model = "EPYC-v4"};
    const auto first = measure(snp);
    vm_.cmdline = "console=hvc1";
    EXPECT_NE(measure(snp), first);
    vm_.cmdline = "console=hvc0";
    vm_.vcpus = 2;
    EXPECT_NE(measure(snp), first);
    vm_.vcpus = 1;
    ASSERT_TRUE(write_file(vm_.initramfs, "initramfS"));
    EXPECT_NE(measure(snp), first);
    ASSERT_TRUE(write_file(vm_.initramfs, "initramfs"));
    EXPECT_EQ(measure(snp), first);
}

TEST_F(ExpectedMeasurement, OfATdIsOfItsFirmwareAlone) {
    const launch::TdxLaunch td{.mr_config_id = std::string(48, 'm'), .firmware = k_td_firmware};
    const auto first = measure(td);
    EXPECT_EQ(first.size(), 96U) << first;
    EXPECT_EQ(first, tdx::mr_td_of(k_td_firmware).value());
    vm_.cmdline = "other";
    EXPECT_EQ(measure(td), first);
    EXPECT_NE(measure(launch::TdxLaunch{.mr_config_id = {}, .firmware = "/nowhere"}).find("/nowhere"),
              std::string::npos);
}

} // namespace
} // namespace redoubt::node::tee
