// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

#include "common/base/error.hpp"

namespace redoubt::performance {

/// What a process has had of the processors. Errors: not_found and so on by errno.
[[nodiscard]] Result<std::chrono::nanoseconds> processor_time_of(pid_t process);
/// Its resident memory, KiB. Errors: as read_file; data_loss.
[[nodiscard]] Result<std::uint64_t> resident_kib_of(pid_t process);

} // namespace redoubt::performance
