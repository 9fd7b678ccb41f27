// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Slots that a TPM opens: for a PIN, for a measured boot, or for both. One that asks for neither would open
/// for whoever has the machine, so there is none.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/json.hpp"
#include "services/kms/root_key.hpp"
#include "services/kms/tpm.hpp"

namespace redoubt::services::kms {

/// Closes the root key by a secret that is sealed in the TPM below its storage root key, and given only for
/// the PIN: the TPM itself counts wrong ones. Blocks on the TPM. Errors: invalid_argument a PIN shorter than
/// 6 bytes; unavailable no TPM; internal what the TPM says.
[[nodiscard]] Result<boost::json::object> close_by_tpm(const RootKey& key, std::string_view store_id,
                                                       const crypto::Secret& pin, const TpmAddress& tpm);
/// Errors: permission_denied another PIN, another TPM, or a slot that was changed; unavailable no TPM, or one
/// that takes no PIN for a while.
[[nodiscard]] Result<RootKey> open_by_tpm(const json::Node& slot, std::string_view store_id,
                                          const crypto::Secret& pin, const TpmAddress& tpm);

/// Closes it by a secret that the TPM gives only to a boot that boot_policy.hpp tells: PCR 7 as it is now,
/// and a PCR 11 that `signer` has signed for. `pin` null: without; whoever calls has to know that the boot is
/// measured (firmware.hpp). Errors: failed_precondition PCRs that nothing was measured into, or no bank for
/// SHA-256; as close_by_tpm.
[[nodiscard]] Result<boost::json::object> close_by_boot(const RootKey& key, std::string_view store_id,
                                                        const PolicySigner& signer, const crypto::Secret* pin,
                                                        const TpmAddress& tpm);
/// `signatures` is the file that systemd-stub leaves. `pin` null: none is at hand. Errors: permission_denied
/// another kernel, a PCR 7 that changed, another PIN, another TPM, a slot that was changed;
/// failed_precondition a PIN is needed; as open_by_tpm.
[[nodiscard]] Result<RootKey> open_by_boot(const json::Node& slot, std::string_view store_id,
                                           std::string_view signatures, const crypto::Secret* pin,
                                           const TpmAddress& tpm);

} // namespace redoubt::services::kms
