// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/tee/sev_snp/firmware.hpp"
#include "services/simtee/amd_chain.hpp"
#include "services/simtee/processor.hpp"

namespace redoubt::services::simtee {

/// What an AMD secure processor has in it.
struct AmdParts {
    Identity vcek;
    tee::Certificate signer;
    tee::Certificate root;
    std::string firmware;  ///< the image that a launch would measure; it is not what runs
    std::string cpu_model; ///< where a command names none that a launch could measure: "EPYC-v4"
};

/// Plays it: the launch digest is computed over the production firmware and what the guest really boots.
class AmdProcessor final : public Processor {
  public:
    /// Errors: invalid_argument a firmware without SEV metadata or kernel hashes, a model or a certificate
    /// that does not fit.
    [[nodiscard]] static Result<std::unique_ptr<AmdProcessor>> make(AmdParts parts);
    [[nodiscard]] Result<std::unique_ptr<LaunchedGuest>> launch(const Launch& launch,
                                                                const BootFiles& files) const override;

  private:
    friend class AmdGuest;
    explicit AmdProcessor(AmdParts parts) : parts_(std::move(parts)) {}

    AmdParts parts_;
    tee::sev_snp::Firmware firmware_;
    std::string firmware_digest_;
    std::string chip_id_;
    std::string cert_table_;
};

} // namespace redoubt::services::simtee
