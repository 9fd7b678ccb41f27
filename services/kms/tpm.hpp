// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <tss2/tss2_esys.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "services/kms/boot_policy.hpp"

namespace redoubt::services::kms {

/// How a TPM is reached, as tss2's loader reads it: "device:/dev/tpmrm0", "swtpm:path=...".
struct TpmAddress {
    std::string tcti;
};

/// An object that is sealed below the TPM's storage root key, as the TPM gave it.
struct SealedObject {
    std::string public_part;  ///< TPM2B_PUBLIC
    std::string private_part; ///< of TPM2B_PRIVATE, without its length
};

/// An open TPM with its storage root key and a session that is salted by that key and encrypts parameters
/// both ways: who listens on the bus learns nothing. All is flushed when this goes. Every call blocks.
/// Thread: one.
class Tpm {
  public:
    /// Errors: unavailable no TPM; internal what the TPM says.
    static Result<std::unique_ptr<Tpm>> open(const TpmAddress& address);
    Tpm(const Tpm&) = delete;
    Tpm& operator=(const Tpm&) = delete;
    Tpm(Tpm&&) = delete;
    Tpm& operator=(Tpm&&) = delete;
    ~Tpm();

    /// A PCR of the bank for SHA-256, raw. Errors: failed_precondition the TPM has no such bank.
    Result<std::string> read_pcr(unsigned number);

    /// Seals 128 bytes and less for a value (`auth`, 32 bytes and less): the TPM counts wrong ones. Errors:
    /// internal what the TPM says.
    Result<SealedObject> seal(const crypto::Secret& secret, const crypto::Secret& auth);
    /// Seals for a policy alone, which may ask for `auth` besides; null: it does not.
    Result<SealedObject> seal_for_policy(const crypto::Secret& secret, std::string_view policy,
                                         const crypto::Secret* auth);

    /// Errors: permission_denied another value, another TPM, a changed object; unavailable the TPM takes no
    /// value for a while; invalid_argument not a sealed object.
    Result<crypto::Secret> unseal(const SealedObject& sealed, const crypto::Secret& auth);
    /// The same for a policy of boot_policy.hpp. Errors: and permission_denied PCRs that are not what was
    /// sealed for, or a signature that does not verify.
    Result<crypto::Secret> unseal_for_boot(const SealedObject& sealed, const SignedPolicy& policy,
                                           const crypto::Secret* auth);

  private:
    Tpm() = default;
    Status make_root();
    Status start_session();
    Status start_policy_session();
    Result<SealedObject> create(const TPM2B_PUBLIC& area, TPM2B_SENSITIVE_CREATE& sensitive);
    Status load(const SealedObject& sealed);
    Status set_auth(const crypto::Secret& auth);
    Status satisfy(const SignedPolicy& policy);
    Status satisfy_pcr(unsigned number);
    Result<crypto::Secret> unseal_loaded(ESYS_TR authorisation, ESYS_TR encryption);

    TSS2_TCTI_CONTEXT* tcti_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
    ESYS_TR root_ = ESYS_TR_NONE;
    ESYS_TR session_ = ESYS_TR_NONE;
    ESYS_TR policy_session_ = ESYS_TR_NONE;
    ESYS_TR signer_ = ESYS_TR_NONE;
    ESYS_TR object_ = ESYS_TR_NONE;
};

} // namespace redoubt::services::kms
