// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::tee {

/// Of a simulated launch, what of the measurement is neither in the VM's specification nor in its files.
struct MeasuredPlatform {
    std::filesystem::path
        firmware;          ///< measured, and by the simulator not executed; empty: nothing is computed
    std::string cpu_model; ///< "EPYC-v4"
};

/// What the hardware's report of this VM will have as its measurement (SEV-SNP's launch digest, TDX's MRTD),
/// lower-case hex; empty for a VM of another level, or a simulated one without a firmware. Blocks: reads
/// firmware, kernel and initramfs. Errors: errno's for a file; invalid_argument a firmware or CPU model that
/// cannot be measured.
[[nodiscard]] Result<std::string> expected_measurement(const launch::VmSpec& vm,
                                                       const MeasuredPlatform& platform);

} // namespace redoubt::node::tee
