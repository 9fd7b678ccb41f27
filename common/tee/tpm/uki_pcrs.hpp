// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// PCRs that booting a unified kernel image will give, computed beforehand.
/// Source: systemd-stub(7), UAPI group "Linux TPM PCR registry"; TCG PFP 3.3 for PCR 4.

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee::tpm {

/// PCR 11: each section of the image by name and contents, in systemd-stub's order, then the phases of the
/// boot ("enter-initrd", "leave-initrd", "sysinit", "ready"). Raw. Errors: invalid_argument.
[[nodiscard]] Result<std::string> uki_pcr11(std::string_view image, Hash bank,
                                            const std::vector<std::string>& phases);

/// PCR 4 where firmware starts the image from a boot option: the option, the separator, the image, and the
/// kernel inside, which the stub starts through the firmware.
[[nodiscard]] Result<std::string> uki_pcr4(std::string_view image, Hash bank);

} // namespace redoubt::tee::tpm
