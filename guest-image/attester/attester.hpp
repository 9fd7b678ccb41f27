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
#include "common/tee/event_log/runtime_events.hpp"
#include "guest-image/attester/evidence.hpp"
#include "guest-image/attester/evidence_device.hpp"

namespace redoubt::guest::attester {

/// What raw evidence says, of whichever TEE its provider is the driver. Errors: unimplemented another
/// provider; invalid_argument no report or quote; permission_denied one of another privilege level than 0.
/// `runtime_records`: what this guest has measured since (tee::MeasuredEvent), for the log of a TD.
[[nodiscard]] Result<Evidence> read_evidence(const RawEvidence& raw, std::string_view runtime_records = {});

/// The most a guest notes, in bytes and in events: a broker's token shows all of it and has to fit a header.
inline constexpr std::size_t k_max_runtime_records = 16U << 10U;
inline constexpr std::size_t k_max_runtime_events = 64;

/// Thread: one strand; any number of calls may be under way. Lifetime: outlives its calls.
class Attester {
  public:
    Attester(std::unique_ptr<EvidenceDevice> device, const asio::any_io_executor& executor)
        : device_(std::move(device)), turn_(executor) {}

    /// Evidence over `bound`, at most 64 bytes, filled up with zeros. Errors: those of the device and of
    /// read_evidence(); aborted when the evidence is over something else.
    Task<Evidence> attest(std::string bound);

    /// Measures an event and notes it in the log of all evidence from then on. Nothing is noted that no
    /// register holds. When the processor's answer is lost, the register may hold what the log has not: then
    /// brokers refuse the evidence. Errors: unimplemented this TEE has no register for it; invalid_argument
    /// characters an event cannot have; resource_exhausted the log is full; those of the device.
    Task<> note(tee::RuntimeEvent event);

  private:
    std::unique_ptr<EvidenceDevice> device_;
    AsyncMutex turn_;
    std::string runtime_records_;
    std::size_t runtime_events_ = 0;
};

} // namespace redoubt::guest::attester
