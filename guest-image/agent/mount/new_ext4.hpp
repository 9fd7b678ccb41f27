// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string>

#include "common/base/error.hpp"
#include "guest-image/agent/mount/ext4_layout.hpp"

namespace redoubt::guest::mount {

/// Bytes from the kernel's generator; at most 256 of them.
[[nodiscard]] Status draw_bytes(std::span<char> bytes);

/// Writes an empty ext4 filesystem with a folder "_data" to a block device, and has it reach the disk.
/// Errors: invalid_argument a device too small or too large.
[[nodiscard]] Status make_ext4_on(const std::string& device, Ext4Journal journal);

} // namespace redoubt::guest::mount
