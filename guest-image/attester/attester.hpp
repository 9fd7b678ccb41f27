// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A guest's proof of what it is. Fails closed: without a secure processor there is no evidence, of any kind.
///
///     attester::Attester attester(std::move(device), executor);
///     RDT_CO_TRY(const auto evidence, co_await attester.attest(digest_of_what_is_bound));

#include <memory>
#include <string>

#include "common/async/async_mutex.hpp"
#include "guest-image/attester/evidence.hpp"
#include "guest-image/attester/evidence_device.hpp"

namespace redoubt::guest::attester {

/// What raw evidence says, of whichever TEE its provider is the driver. Errors: unimplemented another
/// provider; invalid_argument no report or quote; permission_denied one of another privilege level than 0.
[[nodiscard]] Result<Evidence> read_evidence(const RawEvidence& raw);

/// Thread: one strand; any number of calls may be under way. Lifetime: outlives its calls.
class Attester {
  public:
    Attester(std::unique_ptr<EvidenceDevice> device, const asio::any_io_executor& executor)
        : device_(std::move(device)), turn_(executor) {}

    /// Evidence over `bound`, at most 64 bytes, filled up with zeros. Errors: those of the device and of
    /// read_evidence(); aborted when the evidence is over something else.
    Task<Evidence> attest(std::string bound);

  private:
    std::unique_ptr<EvidenceDevice> device_;
    AsyncMutex turn_;
};

} // namespace redoubt::guest::attester
