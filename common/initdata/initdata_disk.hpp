// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How initdata comes to a guest: a raw read-only disk of "initdata", the length as u64 LE, a gzip stream,
/// padded to sectors. Source: Kata 3.x, as the guest looks for it; docs/formats/initdata.md.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::initdata {

inline constexpr std::string_view k_disk_magic = "initdata";
inline constexpr std::size_t k_disk_header_size = 16;
inline constexpr std::size_t k_sector = 512;
/// The whole disk, in bytes.
inline constexpr std::size_t k_max_disk = 4U << 20U;

/// The disk's bytes for a TOML text; the same text gives the same bytes. Errors: resource_exhausted.
[[nodiscard]] Result<std::string> make_disk(std::string_view toml);

/// From a disk's first 16 bytes, how many bytes of gzip stream follow them; nothing when it is another disk.
/// Errors: invalid_argument none; resource_exhausted more than a disk of k_max_disk has room for.
[[nodiscard]] Result<std::optional<std::size_t>> read_disk_header(std::string_view header);

/// The TOML text, not parsed; `disk` may go on behind the stream. Errors: not_found the disk holds no
/// initdata; invalid_argument; resource_exhausted the text is longer than k_max_toml.
[[nodiscard]] Result<std::string> read_disk(std::string_view disk);

/// The TOML text, not parsed, in whichever form it is delivered: as a disk, as an annotation, or as itself.
/// Errors: those of read_disk().
[[nodiscard]] Result<std::string> read_delivered(std::string bytes);

} // namespace redoubt::initdata
