// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/expected_measurement.hpp"

#include <variant>

#include "node-daemon/tee/sev_snp/launch_digest.hpp"

namespace redoubt::node::tee {

Result<std::string> expected_measurement(const launch::VmSpec& vm, const MeasuredPlatform& platform) {
    if (!vm.confidential || platform.firmware.empty()) return std::string();
    // The simulator plays the processor whose host data it was given.
    return std::visit(
        [&](const launch::SimulatedLaunch&) {
            return sev_snp::launch_digest_of(vm, platform.firmware, platform.cpu_model);
        },
        *vm.confidential);
}

} // namespace redoubt::node::tee
