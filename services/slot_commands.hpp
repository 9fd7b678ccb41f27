// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// redoubt-kbs slot ...: what opens the store. The service must not run meanwhile.

#include <string>

#include "common/base/error.hpp"
#include "services/config.hpp"
#include "services/options.hpp"

namespace redoubt::services {

/// Prints number and kind of each. Errors: as open_store.
Status list_slots(const Config& config);

/// Lets the TPM of unseal.tpm open the store as `wanted` says, after it has done so once. Errors:
/// failed_precondition no TPM is named, or the boot is not a measured one and there would be no PIN; as the
/// slots.
Status add_tpm_slot(const Config& config, const Options::TpmSlot& wanted);

/// Errors: invalid_argument not a number; as TrustStore::remove_slot.
Status remove_slot(const Config& config, const std::string& number);

} // namespace redoubt::services
