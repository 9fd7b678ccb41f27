// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Events that a running guest measures itself, and how they stand in its log: behind those of its firmware.
/// Pure. Source: Confidential Containers, attestation agent event log (AAEL); docs/formats/workload-api.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/tee/event_log/event_log.hpp"

namespace redoubt::tee {

/// The TDX register for what happens after the boot, RTMR3, and its index in a log.
inline constexpr std::uint32_t k_runtime_rtmr = 3;
inline constexpr std::uint32_t k_runtime_index = k_runtime_rtmr + 1;

struct RuntimeEvent {
    std::string domain;    ///< whose words these are: printable ASCII without spaces
    std::string operation; ///< the same
    std::string content;   ///< printable ASCII, with spaces
    bool operator==(const RuntimeEvent&) const = default;
};

/// An event ready to be measured.
struct MeasuredEvent {
    std::string digest; ///< SHA-384, raw: what the register is extended by
    std::string record; ///< its bytes in a log
};

/// Errors: invalid_argument a part that is empty or has other characters.
[[nodiscard]] Result<MeasuredEvent> measure_event(const RuntimeEvent& event);

/// The event that this one's data are. None: it is of another kind, or not well formed.
[[nodiscard]] std::optional<RuntimeEvent> runtime_event_of(const Event& event);

/// A firmware's log with records of measure_event() behind it; without one, behind a beginning of our own.
/// Errors: those of parse_event_log() of the firmware's.
[[nodiscard]] Result<std::string> append_records(std::string_view firmware_log, std::string_view records);

} // namespace redoubt::tee
