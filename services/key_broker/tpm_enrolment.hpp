// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/secret.hpp"
#include "common/tee/host/enrolled_node.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::key_broker {

/// Makes a TPM's attestation key known, and with it the box it is in: that the key lives in the same TPM as
/// an endorsement key which a vendor certifies is shown by TPM2_ActivateCredential, which only that TPM can
/// do. Nothing is kept between the two steps. Source: TCG TPM 2.0 Library, part 1, 24. Thread: any.
class TpmEnrolment {
  public:
    static Result<TpmEnrolment> make();

    /// First step: {"ek_certificate": base64, "intermediates": [base64], "ak_public": base64 of TPM2B_PUBLIC,
    /// "chip_id"?: hex, the processor beside the TPM by the word of who asks} gives {"id", "id_object",
    /// "encrypted_secret"} (base64). Errors: invalid_argument malformed; permission_denied the certificate
    /// has no anchor, or the key is no attestation key.
    [[nodiscard]] Result<boost::json::object> challenge(const std::string& tenant, std::string_view body,
                                                        const attestation::Collateral& collateral,
                                                        tee::Time now) const;

    /// An attestation key that was shown to be the TPM's; the chip as it was said in the first step.
    using Enrolled = tee::host::EnrolledNode;
    /// Second step: {"id", "secret": base64}. Errors: permission_denied another secret, another tenant, or
    /// too late; invalid_argument.
    [[nodiscard]] Result<Enrolled> activate(const std::string& tenant, std::string_view body,
                                            tee::Time now) const;

  private:
    explicit TpmEnrolment(crypto::Secret key) : key_(std::move(key)) {}
    [[nodiscard]] Result<std::string> mac_of(std::string_view use, const std::string& tenant,
                                             std::string_view content) const;

    crypto::Secret key_;
};

} // namespace redoubt::services::key_broker
