// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>

namespace redoubt::node::launch {

// How large a VM may be, whether for one container or for a pod.
inline constexpr std::uint64_t k_max_memory = 1ULL << 42U; // 4 TiB
inline constexpr std::uint32_t k_max_vcpus = 64;
inline constexpr std::uint32_t k_most_queues = 8; ///< of a network device

/// To the next huge page.
constexpr std::uint64_t round_memory(std::uint64_t bytes) {
    constexpr std::uint64_t k_step = 2ULL << 20U;
    return (bytes + k_step - 1) / k_step * k_step;
}

} // namespace redoubt::node::launch
