// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>

#include "common/base/error.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::tee::sev_snp {

/// The launch digest of a direct boot under QEMU with this firmware, hex: SEV_FEATURES 0x1, kernel hashes on.
/// Errors: errno's for a file; invalid_argument a firmware that cannot be measured; not_found the CPU model.
[[nodiscard]] Result<std::string> launch_digest_of(const launch::VmSpec& vm,
                                                   const std::filesystem::path& firmware,
                                                   const std::string& cpu_model);

} // namespace redoubt::node::tee::sev_snp
