// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How QEMU 11 is told to launch a TD. Pure; nothing calls it yet: launches on hardware are not implemented.
/// Source: QEMU qapi/qom.json, TdxGuestProperties; Intel TDX Module 1.5 ABI, TD_PARAMS.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::tee::tdx {

/// ATTRIBUTES: SEPT_VE_DISABLE alone; no debugging.
inline constexpr std::uint64_t k_attributes = 1ULL << 28U;

struct LaunchOptions {
    std::string mr_config_id; ///< 48 raw bytes
    std::uint64_t attributes = k_attributes;
    std::uint64_t memory_bytes = 0;
    std::string firmware;                 ///< file, which is measured and runs
    std::uint32_t quote_service_port = 0; ///< vsock port of the host's quote generation; 0: none
};

/// Machine, accelerator, CPU, memory, firmware and launch object.
/// Errors: invalid_argument a length, attributes that allow debugging, no firmware.
[[nodiscard]] Result<std::vector<std::string>> qemu_options(const LaunchOptions& launch);

} // namespace redoubt::node::tee::tdx
