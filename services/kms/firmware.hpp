// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>

#include "common/base/error.hpp"

namespace redoubt::services::kms {

inline constexpr const char* k_firmware_variables = "/sys/firmware/efi/efivars";

/// Whether this machine has had a measured boot: the firmware enforces Secure Boot (without it anybody boots
/// a system that extends PCR 11 as he likes), and systemd-stub has measured the kernel it started into PCR
/// 11. `variables` is where the kernel shows EFI's. Source: UEFI 2.10, 3.3; systemd-stub(7),
/// "EFI variables". Errors: failed_precondition naming what is missing.
[[nodiscard]] Status check_measured_boot(const std::filesystem::path& variables);

} // namespace redoubt::services::kms
