// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A disk that the host stores and cannot read or change unnoticed: dm-crypt over dm-integrity, with a key
/// that is made here and is nowhere else. Source: Linux admin-guide/device-mapper/dm-crypt.rst,
/// dm-integrity.rst.

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// The name of the device below the one called `name`.
[[nodiscard]] std::string integrity_name(const std::string& name);

/// The kernel's table line that keeps a tag of 32 bytes beside each 4096. Pure.
[[nodiscard]] std::string render_integrity_table(const std::string& device);
/// The line that encrypts (AES-256 in XTS mode) and authenticates (HMAC-SHA-256). `key`: hex. Pure.
[[nodiscard]] std::string render_crypt_table(const std::string& device, std::string_view key);

/// Makes the two devices on `disk` and an empty ext4 filesystem with a folder "_data" on them. What was on
/// the disk is lost. Returns the upper device's node, /dev/dm-N; both are removed by name, the upper one
/// first. Errors: failed_precondition a kernel without it; invalid_argument a disk too small.
[[nodiscard]] Result<std::string> create_sealed_disk(const std::string& name, const std::string& disk);

} // namespace redoubt::guest::mount
