// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How QEMU 11 is told to launch an SEV-SNP guest. Pure; nothing calls it yet: launches on hardware are not
/// implemented. Source: QEMU qapi/qom.json, SevSnpGuestProperties; AMD 56860, SNP_LAUNCH_START.

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::tee::sev_snp {

/// Debugging and migration are off; SMT is allowed. Bit 17 is always one.
inline constexpr std::uint64_t k_policy = 0x30000;

struct LaunchOptions {
    std::string host_data; ///< 32 raw bytes
    std::uint64_t policy = k_policy;
    std::uint32_t c_bit = 51;            ///< CPUID 0x8000001F EBX, bits 5:0
    std::uint32_t reduced_phys_bits = 1; ///< same register, bits 11:6
    std::string id_block;                ///< 96 raw bytes; empty: the launch is bound to no owner
    std::string id_auth;                 ///< 4096 raw bytes, with an id block
    bool has_author_key = false;
    std::uint64_t memory_bytes = 0;
    std::string firmware; ///< file, which is measured and runs
    std::string cpu_model = "EPYC-v4";
};

/// Machine, accelerator, CPU, memory, firmware and launch object. Kernel hashes are on: a direct boot is
/// measured. Errors: invalid_argument a length, a policy that allows debugging or migration, no firmware.
[[nodiscard]] Result<std::vector<std::string>> qemu_options(const LaunchOptions& launch);

} // namespace redoubt::node::tee::sev_snp
