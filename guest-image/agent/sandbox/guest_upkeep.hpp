// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the host asks of the guest as a whole rather than of a container.

#include <cstdint>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::guest::sandbox {

/// Mixes `seed` into the kernel's random generator and makes it start afresh: a cloned VM must not repeat
/// another's.
[[nodiscard]] Status reseed_random(const std::string& seed);

[[nodiscard]] Status set_clock(std::int64_t seconds, std::int64_t microseconds);

/// Brings plugged processors into use.
[[nodiscard]] Status bring_processors_online();

/// "7.3.1" and so on.
[[nodiscard]] std::string kernel_release();

/// In bytes; 0 when this kernel cannot add memory.
[[nodiscard]] std::uint64_t memory_block_size();

} // namespace redoubt::guest::sandbox
