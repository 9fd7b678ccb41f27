// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a request may say, word by word, before anything is done about it. Pure.

#include <string_view>

#include "common/base/error.hpp"
#include "node-daemon/launcher/protocol/messages.hpp"

namespace redoubt::node::launcher {

/// Lower-case letters, digits and '-', 64 at most: it becomes part of paths, arguments and names of units.
[[nodiscard]] bool is_sandbox_id(std::string_view text);

/// How many descriptors a well-formed request comes with; of StartVm two sockets, console, kernel and
/// initramfs, the relay's socket where it has one, one a disk, one a queue.
[[nodiscard]] std::size_t descriptors_of(const Request& request);

/// Errors: invalid_argument naming what may not be; what the mechanisms check themselves is left to them.
[[nodiscard]] Status validate(const Request& request, std::size_t descriptors);

} // namespace redoubt::node::launcher
