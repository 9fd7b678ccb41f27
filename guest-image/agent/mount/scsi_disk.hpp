// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/async/task.hpp"

namespace redoubt::guest::mount {

/// Where a disk sits on the VM's SCSI bus.
struct ScsiAddress {
    std::uint32_t target = 0;
    std::uint32_t lun = 0;
};

/// Parses "target:lun". Errors: invalid_argument.
[[nodiscard]] Result<ScsiAddress> parse_scsi_address(const std::string& text);

/// The node of the disk at `address`, /dev/sdX, once it is there: the host may still be plugging it in.
/// Errors: deadline_exceeded after `limit`.
Task<std::string> wait_for_scsi_disk(ScsiAddress address, Duration limit,
                                     std::filesystem::path sysfs = "/sys");

} // namespace redoubt::guest::mount
