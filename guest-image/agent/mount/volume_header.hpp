// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What stands in front of a volume that is kept with a key: which cipher, where the data lie, and a seal
/// over all of it that only who has the volume's key can make. Pure: bytes in, bytes out.
/// Format: docs/formats/volume-header.md.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

inline constexpr std::size_t k_volume_header_size = 4096; ///< bytes, with the seal
inline constexpr std::size_t k_volume_seal_size = 32;     ///< at its end
inline constexpr std::size_t k_volume_salt_size = 32;
inline constexpr std::size_t k_volume_superblock_size = 64; ///< what is kept of dm-integrity's superblock
/// Where dm-integrity's superblock is, in bytes. What is between it and the header stays zero.
inline constexpr std::uint64_t k_volume_data_start = 1U << 20U;

enum class VolumeState : std::uint8_t {
    being_made = 1, ///< nothing is on it yet: its making may begin again
    made = 2,
};

struct VolumeHeader {
    VolumeState state = VolumeState::being_made;
    std::uint64_t disk_bytes = 0;   ///< of the whole disk
    std::uint64_t data_sectors = 0; ///< of 512 bytes, that the encrypted device has; 0 while being made
    std::string salt;               ///< k_volume_salt_size bytes, drawn when the volume was made
    std::string superblock;         ///< k_volume_superblock_size bytes; zeros while being made
    bool operator==(const VolumeHeader&) const = default;
};

/// A header's bytes but for the seal, which is made over them.
[[nodiscard]] std::string render_volume_header(const VolumeHeader& header);

/// What the first k_volume_header_size bytes of a disk say. The seal is not looked at: nothing of this may be
/// acted on before it is. Errors: failed_precondition bytes that are no such header; unimplemented one of a
/// version or cipher that is not known here; data_loss one with values that none has.
[[nodiscard]] Result<VolumeHeader> parse_volume_header(std::string_view bytes);

} // namespace redoubt::guest::mount
