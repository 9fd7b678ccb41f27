// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/log/sink.hpp"

namespace redoubt::node::host {

/// From now on log lines are journal entries, with their fields and a MESSAGE_ID where the catalog has one.
/// Does nothing unless standard error is the journal. Returns whether it is.
/// Source: systemd.exec(5), $JOURNAL_STREAM; sd_journal_send(3).
bool log_to_journal();

/// The entry's fields, each "NAME=value". MESSAGE is the line as people read it, fields included.
[[nodiscard]] std::vector<std::string> journal_entry(log::Level level, std::string_view message,
                                                     std::span<const log::Field> fields);

} // namespace redoubt::node::host
