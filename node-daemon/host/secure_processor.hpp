// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What this host's processor offers for guests that the host itself cannot read. Only looked at: nothing is
/// launched. Source: Linux arch/x86/kvm, parameters of kvm_amd and kvm_intel; AMD 24594, CPUID 0x8000001F.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace redoubt::node::host {

enum class Offer : std::uint8_t {
    absent, ///< the CPU does not have it, or the host's firmware hides it
    off,    ///< it does, and KVM does not use it
    ready,
};

struct SecureProcessor {
    Offer offer = Offer::absent;
    std::string detail; ///< what was looked at, for people
};

struct SecureProcessors {
    SecureProcessor snp;
    SecureProcessor tdx;
    std::uint32_t c_bit = 0; ///< of SEV: 0 without it
    std::uint32_t reduced_phys_bits = 0;
};

/// Below `root` are the host's /proc and /sys; numbers are this CPU's own.
[[nodiscard]] SecureProcessors find_secure_processors(const std::filesystem::path& root = "/");

/// Whether the first CPU of /proc/cpuinfo has the flag.
[[nodiscard]] bool has_cpu_flag(std::string_view cpuinfo, std::string_view flag);

} // namespace redoubt::node::host
