// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// dm-integrity below dm-crypt: a tag of 32 bytes beside each block of 4096. Sources: Linux
/// admin-guide/device-mapper/dm-integrity.rst, drivers/md/dm-integrity.c.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// What a crash may leave.
enum class TagWrites : std::uint8_t {
    direct,  ///< data and tag apart: for what does not outlive the guest
    journal, ///< both or none
};

struct IntegrityDisk {
    std::string device;            ///< /dev/sda
    std::uint64_t start_bytes = 0; ///< what is in front of it and not its own; whole blocks
    TagWrites writes = TagWrites::direct;
};

/// The name of the device below the one called `name`.
[[nodiscard]] std::string integrity_name(const std::string& name);

/// The kernel's table line for it. Pure.
[[nodiscard]] std::string render_integrity_table(const IntegrityDisk& disk);
/// The line that encrypts (AES-256 in XTS mode) and authenticates (HMAC-SHA-256). `key`: hex. Pure.
[[nodiscard]] std::string render_crypt_table(const std::string& device, std::string_view key);

/// The first `size` bytes of the superblock, at most a sector. Errors: data_loss there is none.
[[nodiscard]] Result<std::string> read_integrity_superblock(const IntegrityDisk& disk, std::size_t size);

/// A device made by its size in sectors of 512 bytes.
struct SizedDevice {
    std::string device; ///< /dev/dm-N
    std::uint64_t sectors = 0;
};
/// Has the kernel format it, and opens it with the size that this has left. What was on it is lost.
/// Errors: failed_precondition a kernel without it; invalid_argument a disk too small.
[[nodiscard]] Result<SizedDevice> format_integrity(const std::string& name, const IntegrityDisk& disk);
/// Opens one that is formatted; returns its node.
[[nodiscard]] Result<std::string> open_integrity(const std::string& name, const IntegrityDisk& disk,
                                                 std::uint64_t sectors);

/// Encrypts what lies on `lower`. `key`: hex, not kept. Returns the node.
[[nodiscard]] Result<std::string> open_crypt(const std::string& name, const SizedDevice& lower,
                                             std::string_view key);

} // namespace redoubt::guest::mount
