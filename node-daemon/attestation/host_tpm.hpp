// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The host's TPM, as far as it proves the host. Source: TCG TSS 2.0 ESAPI; TCG EK Credential Profile 2.5.

#include <tss2/tss2_esys.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "common/tss/connection.hpp"

namespace redoubt::node::attestation {

/// What TPM2_Quote gives, and the values it is about.
struct Quote {
    std::string message;   ///< TPMS_ATTEST
    std::string signature; ///< TPMT_SIGNATURE
    std::array<std::string, tee::host::k_pcrs> pcrs;
};

/// An open TPM with its attestation key: an ECDSA key on P-256 that signs nothing but the TPM's own
/// statements. It is derived from the TPM's endorsement seed, so it is the same after every start and nothing
/// of it is kept on a disk. Keys are flushed when this goes. Every call blocks. Thread: one.
class HostTpm {
  public:
    /// `address` is "device:/dev/tpmrm0", or "swtpm:path=/run/..." of a software TPM. Errors:
    /// failed_precondition no TPM there; invalid_argument another kind of address; internal what the TPM
    /// says.
    static Result<std::unique_ptr<HostTpm>> open(const std::string& address);
    HostTpm(const HostTpm&) = delete;
    HostTpm& operator=(const HostTpm&) = delete;
    HostTpm(HostTpm&&) = delete;
    HostTpm& operator=(HostTpm&&) = delete;
    ~HostTpm();

    /// TPM2B_PUBLIC of the attestation key.
    [[nodiscard]] const std::string& attestation_key() const { return ak_public_; }
    /// The vendor's certificate of the endorsement key (DER). Empty: the TPM has none.
    Result<std::string> endorsement_certificate();
    /// All PCRs of the bank for SHA-256, over `data` (32 bytes). Errors: failed_precondition there is no
    /// such bank; aborted PCRs that do not hold still; internal what the TPM says.
    Result<Quote> quote(std::string_view data);
    /// TPM2_ActivateCredential: what a broker encrypted to this TPM's endorsement key for its attestation
    /// key. Errors: invalid_argument not of that form; permission_denied for another TPM or key.
    Result<std::string> activate(std::string_view id_object, std::string_view encrypted_secret);

  private:
    HostTpm() = default;
    Status make_attestation_key();
    Result<ESYS_TR> make_endorsement_key();
    Result<ESYS_TR> start_endorsement_session();
    Result<Quote> quote_once(std::string_view data, UINT32& counter);
    Result<UINT32> read_pcrs(Quote& quote);

    std::unique_ptr<tss::Connection> connection_;
    ESYS_CONTEXT* esys_ = nullptr; ///< connection_'s
    ESYS_TR ak_ = ESYS_TR_NONE;
    ESYS_TR ek_ = ESYS_TR_NONE;
    ESYS_TR session_ = ESYS_TR_NONE;
    std::string ak_public_;
};

} // namespace redoubt::node::attestation
