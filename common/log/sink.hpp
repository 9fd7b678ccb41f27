// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/log/log.hpp"

namespace redoubt::log {

/// Where lines go instead of standard error; may be called from any thread. False: it could not take the
/// line, which then goes to standard error.
using Sink = bool (*)(Level level, std::string_view message, std::span<const Field> fields);
/// Set once at start, before there are other threads.
void set_sink(Sink sink);

/// `sandbox started SANDBOX_ID=ab12`: as people read it, in one line.
[[nodiscard]] std::string render(std::string_view message, std::span<const Field> fields);

} // namespace redoubt::log
