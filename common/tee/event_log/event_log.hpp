// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Logs of what firmware and boot loaders measured: TCG's, as TPMs and CCEL tables have them. Only digests
/// are proved by a replay; what an event says is proved only where its digest is one of its data. Source: TCG
/// PC Client Platform Firmware Profile 1.06, section 10; UEFI 2.10, 38.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee {

inline constexpr std::uint32_t k_ev_no_action = 0x3;
inline constexpr std::uint32_t k_ev_separator = 0x4;
inline constexpr std::uint32_t k_ev_event_tag = 0x6;
inline constexpr std::uint32_t k_ev_ipl = 0xD;

/// What the data of an event that a running guest measured begin with (runtime_events.hpp).
inline constexpr std::string_view k_runtime_mark = "LEAA";

struct Event {
    std::uint32_t index = 0; ///< PCR, or in a CCEL the measurement register: 0 MRTD, 1 to 4 RTMR0 to 3
    std::uint32_t type = 0;
    std::map<Hash, std::string> digests; ///< raw
    std::string data;
};

struct EventLog {
    std::vector<Event> events;
    std::vector<Hash> banks;
    bool is_crypto_agile = false;
    std::size_t bytes_used = 0; ///< what follows is padding
};

/// "EV_SEPARATOR" and so on; hex for types that are not known.
[[nodiscard]] std::string name_of_event(std::uint32_t type);

/// Parses a binary log, both formats. Limits: 4 MiB, 65,536 events, 1 MiB an event.
/// Errors: invalid_argument the number of the event and what is wrong with it.
[[nodiscard]] Result<EventLog> parse_event_log(std::string_view bytes);
/// The same from JSON: a list of {imr, event_type, digest, event, event_payload}, SHA-384, imr counted from
/// RTMR0.
[[nodiscard]] Result<EventLog> parse_json_event_log(std::string_view text);

/// Register values that a log gives, by index. A StartupLocality event says where PCR 0 begins.
/// Errors: invalid_argument an event that has no digest of this bank.
[[nodiscard]] Result<std::map<std::uint32_t, std::string>> replay(const EventLog& log, Hash bank);

/// Whether an event's data is what its digest was made of.
enum class Binding : std::uint8_t {
    bound,
    mismatched, ///< of a type whose data must be, and is not
    unbound     ///< the digest is of something else: an image, a table, a file
};
[[nodiscard]] Result<Binding> binding_of(const Event& event);

/// Numbers of the events whose data contradicts their digest.
[[nodiscard]] Result<std::vector<std::size_t>> mismatched_events(const EventLog& log);
/// Registers that hold more than one separator: it ends the firmware's part, and may come only once.
[[nodiscard]] std::vector<std::uint32_t> repeated_separators(const EventLog& log);

} // namespace redoubt::tee
