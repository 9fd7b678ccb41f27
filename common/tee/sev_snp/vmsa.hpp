// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>

#include "common/tee/sev_snp/launch_digest.hpp"

namespace redoubt::tee::sev_snp {

/// The 4 KiB save area that a virtual CPU starts with. `eip` is where it starts: 0xFFFFFFF0 for the first.
/// Source: AMD APM volume 2, table B-4; QEMU's and KVM's register defaults.
[[nodiscard]] std::string make_vmsa(Vmm vmm, std::uint32_t eip, std::uint64_t features,
                                    std::uint32_t vcpu_signature);

/// The save area of every virtual CPU that starts in an SVSM: flat 32-bit segments at its entry.
[[nodiscard]] std::string make_svsm_vmsa(std::uint32_t eip, std::uint64_t features,
                                         std::uint32_t vcpu_signature);

} // namespace redoubt::tee::sev_snp
