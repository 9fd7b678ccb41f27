// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What the host asks of the guest as a whole rather than of a container.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/error.hpp"

namespace redoubt::guest::sandbox {

/// What a seed of the host's is worth.
enum class HostEntropy : std::uint8_t {
    credited,
    uncredited ///< it is mixed in, and the kernel counts nothing: who gave it knows it
};

/// Mixes `seed` into the kernel's random generator and makes it start afresh: a cloned VM must not repeat
/// another's.
[[nodiscard]] Status reseed_random(const std::string& seed, HostEntropy entropy);

[[nodiscard]] Status set_clock(std::int64_t seconds, std::int64_t microseconds);

struct OnlineRequest {
    std::uint32_t processors = 0; ///< how many new ones are awaited; 0: those that are there
    bool is_awaited = false;      ///< else it is not waited for them
    bool has_memory = true;       ///< bring plugged memory into use as well
};

/// Brings plugged processors and memory into use.
/// Errors: deadline_exceeded when fewer than the awaited processors have come within `limit`.
Task<void> bring_online(OnlineRequest request, Duration limit, std::filesystem::path sysfs = "/sys");

/// Tells the kernel of memory that was plugged at these addresses.
/// Errors: failed_precondition when this kernel learns of memory in other ways only.
[[nodiscard]] Status probe_memory(const std::vector<std::uint64_t>& addresses,
                                  const std::filesystem::path& sysfs = "/sys");
[[nodiscard]] bool can_probe_memory();

/// "7.3.1" and so on.
[[nodiscard]] std::string kernel_release();

/// In bytes; 0 when this kernel cannot add memory.
[[nodiscard]] std::uint64_t memory_block_size();

} // namespace redoubt::guest::sandbox
