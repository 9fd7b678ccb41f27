// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/volume_header.hpp"

#include <algorithm>

#include "common/base/little_endian.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::string_view k_magic("RDTVOL\r\n", 8);
constexpr std::uint32_t k_version = 1;
/// AES-256-XTS with HMAC-SHA-256 over blocks of 4096 bytes, tags in dm-integrity's journal. There is no
/// other.
constexpr std::uint32_t k_suite = 1;
constexpr std::size_t k_state_place = 12;
constexpr std::size_t k_suite_place = 16;
constexpr std::size_t k_disk_place = 24;
constexpr std::size_t k_data_place = 32;
constexpr std::size_t k_salt_place = 40;
constexpr std::size_t k_superblock_place = k_salt_place + k_volume_salt_size;
constexpr std::size_t k_end = k_superblock_place + k_volume_superblock_size;
constexpr std::size_t k_sealed_size = k_volume_header_size - k_volume_seal_size;
constexpr std::uint64_t k_sector = 512;
constexpr std::uint64_t k_block = 4096;
constexpr std::uint64_t k_largest_disk = std::uint64_t{1} << 44U; // 16 TiB, a volume's most

bool is_zero(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

Status check_sizes(const VolumeHeader& header) {
    if (header.disk_bytes <= k_volume_data_start || header.disk_bytes > k_largest_disk)
        return fail(Code::data_loss, "volume header: a disk of {} bytes", header.disk_bytes);
    const bool is_made = header.state == VolumeState::made;
    if (is_made != (header.data_sectors != 0) || is_made == is_zero(header.superblock))
        return fail(Code::data_loss, "volume header: its data are not what its state says");
    const auto room = (header.disk_bytes - k_volume_data_start) / k_sector;
    if (header.data_sectors % (k_block / k_sector) != 0 || header.data_sectors >= room)
        return fail(Code::data_loss, "volume header: {} sectors of data on a disk of {} bytes",
                    header.data_sectors, header.disk_bytes);
    return {};
}

} // namespace

std::string render_volume_header(const VolumeHeader& header) {
    std::string bytes(k_sealed_size, '\0');
    bytes.replace(0, k_magic.size(), k_magic);
    put_little_endian(bytes, k_magic.size(), k_version);
    put_little_endian(bytes, k_state_place, static_cast<std::uint32_t>(header.state));
    put_little_endian(bytes, k_suite_place, k_suite);
    put_little_endian(bytes, k_disk_place, header.disk_bytes);
    put_little_endian(bytes, k_data_place, header.data_sectors);
    bytes.replace(k_salt_place, k_volume_salt_size, header.salt);
    bytes.replace(k_superblock_place, k_volume_superblock_size, header.superblock);
    return bytes;
}

Result<VolumeHeader> parse_volume_header(std::string_view bytes) {
    if (bytes.size() != k_volume_header_size || !bytes.starts_with(k_magic))
        return fail(Code::failed_precondition, "it is neither empty nor a volume that is kept with a key");
    const auto version = little_endian_at<std::uint32_t>(bytes, k_magic.size());
    if (version != k_version)
        return fail(Code::unimplemented, "volume header: version {} is not {}", version, k_version);
    const auto suite = little_endian_at<std::uint32_t>(bytes, k_suite_place);
    if (suite != k_suite)
        return fail(Code::unimplemented, "volume header: cipher suite {} is not {}", suite, k_suite);
    const auto state = little_endian_at<std::uint32_t>(bytes, k_state_place);
    if (state != static_cast<std::uint32_t>(VolumeState::being_made) &&
        state != static_cast<std::uint32_t>(VolumeState::made))
        return fail(Code::data_loss, "volume header: there is no state {}", state);
    constexpr auto k_behind_suite = k_suite_place + sizeof k_suite;
    if (!is_zero(bytes.substr(k_behind_suite, k_disk_place - k_behind_suite)) ||
        !is_zero(bytes.substr(k_end, k_sealed_size - k_end)))
        return fail(Code::data_loss, "volume header: bytes that mean nothing are not zero");
    VolumeHeader header;
    header.state = static_cast<VolumeState>(state);
    header.disk_bytes = little_endian_at<std::uint64_t>(bytes, k_disk_place);
    header.data_sectors = little_endian_at<std::uint64_t>(bytes, k_data_place);
    header.salt = bytes.substr(k_salt_place, k_volume_salt_size);
    header.superblock = bytes.substr(k_superblock_place, k_volume_superblock_size);
    RDT_CHECK(check_sizes(header));
    return header;
}

} // namespace redoubt::guest::mount
