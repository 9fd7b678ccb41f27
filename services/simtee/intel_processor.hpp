// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "services/simtee/intel_chain.hpp"
#include "services/simtee/processor.hpp"

namespace redoubt::services::simtee {

/// What an Intel platform with TDX has in it.
struct IntelParts {
    Identity pck;
    tee::Certificate authority;
    tee::Certificate root;
    crypto::PrivateKey attestation_key;
    std::string firmware; ///< the TDVF image that a launch would measure; it is not what runs
};

/// Plays it: MRTD is computed over the production firmware, RTMR1 and RTMR2 over what the guest really boots.
/// RTMR0, which depends on tables that the host's QEMU makes, is zero; RTMR3 is what the guest extends it by.
class IntelProcessor final : public Processor {
  public:
    /// Errors: invalid_argument a firmware without TDX metadata, or a certificate that does not fit.
    [[nodiscard]] static Result<std::unique_ptr<IntelProcessor>> make(IntelParts parts);
    [[nodiscard]] Result<std::unique_ptr<LaunchedGuest>> launch(const Launch& launch,
                                                                const BootFiles& files) const override;

  private:
    friend class IntelGuest;
    explicit IntelProcessor(IntelParts parts) : parts_(std::move(parts)) {}

    IntelParts parts_;
    std::string mr_td_;
    std::string pck_chain_;
};

} // namespace redoubt::services::simtee
