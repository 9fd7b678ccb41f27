// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/json.hpp"
#include "services/kms/root_key.hpp"

namespace redoubt::services::kms {

/// How a TPM is reached, as tss2's loader reads it: "device:/dev/tpmrm0", "swtpm:path=...".
struct TpmAddress {
    std::string tcti;
};

/// Closes the root key by a secret that is sealed in the TPM below its storage root key, and given only for
/// the PIN: the TPM itself counts wrong ones. A slot without a PIN would open for whoever has the machine, so
/// there is none. Blocks on the TPM. Errors: invalid_argument a PIN shorter than 6 bytes; unavailable no TPM;
/// internal what the TPM says.
[[nodiscard]] Result<boost::json::object> close_by_tpm(const RootKey& key, std::string_view store_id,
                                                       const crypto::Secret& pin, const TpmAddress& tpm);
/// Errors: permission_denied another PIN, another TPM, or a slot that was changed; unavailable no TPM, or one
/// that takes no PIN for a while.
[[nodiscard]] Result<RootKey> open_by_tpm(const json::Node& slot, std::string_view store_id,
                                          const crypto::Secret& pin, const TpmAddress& tpm);

} // namespace redoubt::services::kms
