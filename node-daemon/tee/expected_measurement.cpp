// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/expected_measurement.hpp"

#include <variant>

#include "node-daemon/tee/sev_snp/launch_digest.hpp"
#include "node-daemon/tee/tdx/launch_registers.hpp"

namespace redoubt::node::tee {

namespace {

/// The simulator plays the processor whose host data it was given.
Result<std::string> measurement_of(const launch::VmSpec& vm, const MeasuredPlatform& platform,
                                   const launch::SimulatedLaunch& /*simulated*/) {
    if (platform.firmware.empty()) return std::string();
    return sev_snp::launch_digest_of(vm, platform.firmware, platform.cpu_model);
}

Result<std::string> measurement_of(const launch::VmSpec& vm, const MeasuredPlatform& /*of others*/,
                                   const launch::SnpLaunch& snp) {
    return sev_snp::launch_digest_of(vm, snp.firmware, snp.cpu_model);
}

Result<std::string> measurement_of(const launch::VmSpec& /*the rest is in registers*/,
                                   const MeasuredPlatform& /*of others*/, const launch::TdxLaunch& tdx) {
    return tdx::mr_td_of(tdx.firmware);
}

} // namespace

Result<std::string> expected_measurement(const launch::VmSpec& vm, const MeasuredPlatform& platform) {
    if (!vm.confidential) return std::string();
    return std::visit([&](const auto& processor) { return measurement_of(vm, platform, processor); },
                      *vm.confidential);
}

} // namespace redoubt::node::tee
