// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node::host {

/// What this host is.
struct HostFacts {
    std::string hostname;
    std::string kernel_release;
    std::uint32_t cpus = 1;
    std::uint64_t memory_bytes = 0;
    std::uint64_t tsc_khz = 0; ///< 0: this CPU's counter does not run at one speed
    std::string boot_id;       ///< changes with every boot
};

/// Takes some 20 ms, for the counter is measured. Errors: those of reading /proc.
[[nodiscard]] Result<HostFacts> read_host_facts();

/// MemTotal in bytes. Errors: invalid_argument the text has none.
[[nodiscard]] Result<std::uint64_t> parse_memory_total(std::string_view meminfo);

/// Whether every CPU's time stamp counter runs at one constant speed.
[[nodiscard]] bool has_constant_tsc(std::string_view cpuinfo);

} // namespace redoubt::node::host
