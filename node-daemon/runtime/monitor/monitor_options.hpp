// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>

#include "common/base/error.hpp"
#include "node-daemon/runtime/runtime_command.hpp"

namespace redoubt::node::runtime {

/// What the daemon tells a monitor on its command line: `redoubt-monitor SANDBOX --level runc --program
/// /usr/sbin/runc --folder DIR [--platform systrap]`. The listening socket is descriptor 3.
/// Errors: invalid_argument naming the option.
[[nodiscard]] Result<RuntimeCommand::Settings> parse_monitor_options(std::span<const char* const> arguments);

inline constexpr int k_listener = 3;

} // namespace redoubt::node::runtime
