// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::tee::tdx {

/// A TD's registers after a direct boot under QEMU, hex. RTMR0 is not among them: it holds tables that QEMU
/// makes of the machine.
struct LaunchRegisters {
    std::string mr_td;
    std::string rtmr1; ///< kernel
    std::string rtmr2; ///< command line and initramfs
};

/// MRTD, hex: of the firmware alone. Errors: errno's for a file; invalid_argument it is none for a TD.
[[nodiscard]] Result<std::string> mr_td_of(const std::filesystem::path& firmware);

/// Blocks: reads firmware, kernel and initramfs. Errors: those of mr_td_of(); a kernel that is no PE image.
[[nodiscard]] Result<LaunchRegisters> launch_registers_of(const launch::VmSpec& vm,
                                                          const std::filesystem::path& firmware);

} // namespace redoubt::node::tee::tdx
