// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <string>

#include "common/tee/event_log/event_log.hpp"
#include "common/tee/evidence/explanation.hpp"

namespace redoubt::tee {

/// Notes whether a log explains the registers that were proved: "log.replay"; whether its data is what was
/// hashed: "log.binding"; whether a register's separator comes once: "log.separators". `proved` has the
/// registers by the log's index; those that the log does not touch are not explained by it. A register that
/// is not in `proved` is not judged.
void check_log(Explanation& explanation, const EventLog& log, Hash bank,
               const std::map<std::uint32_t, std::string>& proved);

/// "events", "bytes_used", "banks", and the values the log gives: "replay" by bank and index.
[[nodiscard]] boost::json::object log_json(const EventLog& log);
/// Every event with its data's binding; for --json of an event log.
[[nodiscard]] boost::json::array events_json(const EventLog& log);

} // namespace redoubt::tee
