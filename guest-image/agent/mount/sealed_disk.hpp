// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A disk that the host stores and cannot read or change unnoticed: dm-crypt over dm-integrity, with a key
/// that is made here and is nowhere else. Source: Linux admin-guide/device-mapper/dm-crypt.rst,
/// dm-integrity.rst.

#include <string>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// Makes the two devices on `disk` and an empty ext4 filesystem with a folder "_data" on them. What was on
/// the disk is lost. Returns the upper device's node, /dev/dm-N; both are removed by name, the upper one
/// first, the lower one's being integrity_name(). Errors: failed_precondition a kernel without it;
/// invalid_argument a disk too small.
[[nodiscard]] Result<std::string> create_sealed_disk(const std::string& name, const std::string& disk);

} // namespace redoubt::guest::mount
