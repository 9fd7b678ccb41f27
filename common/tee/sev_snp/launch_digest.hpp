// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a launch will measure, computed beforehand: SEV-SNP's launch digest and the older modes'.
/// Source: AMD 56860, SNP_LAUNCH_UPDATE (PAGE_INFO); QEMU target/i386/sev.c for order and register defaults.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/tee/sev_snp/firmware.hpp"

namespace redoubt::tee::sev_snp {

enum class LaunchMode : std::uint8_t { sev, sev_es, sev_snp };
/// Who starts the guest: register defaults and page order differ.
enum class Vmm : std::uint8_t { qemu, ec2, gce };
[[nodiscard]] Result<LaunchMode> parse_launch_mode(std::string_view name);
[[nodiscard]] Result<Vmm> parse_vmm(std::string_view name);

/// SHA-256 of each part of a direct boot, raw.
struct KernelHashes {
    std::string kernel;
    std::string initrd;
    std::string cmdline; ///< with its NUL
};
/// Errors: internal.
[[nodiscard]] Result<KernelHashes> hash_kernel(std::string_view kernel, std::string_view initrd,
                                               std::string_view cmdline);

/// A secure VM service module that runs below the guest's firmware, in its own memory just below firmware and
/// variables.
struct Svsm {
    std::string_view image;      ///< whole pages
    std::uint64_t vars_size = 0; ///< of the firmware's variable store
};

struct LaunchInputs {
    LaunchMode mode = LaunchMode::sev_snp;
    Vmm vmm = Vmm::qemu;
    std::string firmware_seed; ///< digest after the firmware's pages; computed from the image when empty
    std::string_view image;    ///< may be empty when a seed is given and the mode is SNP
    Firmware firmware;         ///< of the image, or as known
    std::optional<KernelHashes> kernel; ///< none: no direct boot
    std::optional<Svsm> svsm;           ///< none: the guest starts in its firmware
    std::uint32_t vcpus = 1;            ///< 1 to 4096
    std::uint32_t vcpu_signature = 0;   ///< CPUID 1 EAX
    std::uint64_t guest_features = 1;   ///< SEV_FEATURES
};

/// The digest, raw: 48 bytes for SNP, 32 for the older modes.
/// Errors: failed_precondition a kernel with a firmware that does not check it; invalid_argument; internal.
[[nodiscard]] Result<std::string> launch_digest(const LaunchInputs& inputs);
/// The digest after the firmware's pages.
[[nodiscard]] Result<std::string> firmware_digest(std::string_view image);

/// CPUID signature of QEMU's CPU models by name: "EPYC-v4", "EPYC-Milan". Errors: not_found.
[[nodiscard]] Result<std::uint32_t> signature_of_cpu(std::string_view model);
/// The same from numbers.
[[nodiscard]] std::uint32_t cpu_signature(std::uint32_t family, std::uint32_t model, std::uint32_t stepping);

} // namespace redoubt::tee::sev_snp
