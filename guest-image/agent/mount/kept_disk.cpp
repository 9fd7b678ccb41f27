// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/kept_disk.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "common/base/file.hpp"
#include "common/base/unwind.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/integrity_disk.hpp"
#include "guest-image/agent/mount/new_ext4.hpp"
#include "guest-image/agent/mount/volume_header.hpp"

namespace redoubt::guest::mount {

namespace {

/// What the host has brought, read once: what is decided is decided on this copy.
struct Front {
    std::uint64_t disk_bytes = 0;
    std::string bytes; ///< k_volume_data_start of them

    [[nodiscard]] bool is_empty() const {
        return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
    }
    [[nodiscard]] std::string_view header() const {
        return std::string_view(bytes).substr(0, k_volume_header_size);
    }
};

Result<Front> read_front(const std::string& disk) {
    RDT_TRY(const auto fd, open_file(disk, O_RDONLY));
    Front front;
    if (::ioctl(fd.get(), BLKGETSIZE64, &front.disk_bytes) != 0) return fail_errno(errno, "size of {}", disk);
    if (front.disk_bytes <= k_volume_data_start)
        return fail(Code::invalid_argument, "a disk of {} bytes is too small for a volume", front.disk_bytes);
    front.bytes.resize(k_volume_data_start);
    std::size_t done = 0;
    while (done < front.bytes.size()) {
        const auto got =
            ::pread(fd.get(), front.bytes.data() + done, front.bytes.size() - done, static_cast<off_t>(done));
        if (got <= 0) return fail_errno(got < 0 ? errno : EIO, "read the header of {}", disk);
        done += static_cast<std::size_t>(got);
    }
    return front;
}

Status write_header(const std::string& disk, const VolumeHeader& header, const VolumeKey& key) {
    auto bytes = render_volume_header(header);
    RDT_TRY(const auto seal, key.seal(header.salt, bytes));
    bytes += seal;
    if (bytes.size() != k_volume_header_size) return fail(Code::internal, "a seal of {} bytes", seal.size());
    RDT_TRY(const auto fd, open_file(disk, O_WRONLY));
    const auto written = ::pwrite(fd.get(), bytes.data(), bytes.size(), 0);
    if (written != static_cast<ssize_t>(bytes.size()))
        return fail_errno(written < 0 ? errno : EIO, "write the header of {}", disk);
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", disk);
    return {};
}

Result<std::string> open_upper(const std::string& name, const SizedDevice& lower, const VolumeKey& key,
                               std::string_view salt) {
    auto words = key.disk_key(salt);
    if (!words) return std::unexpected(words.error());
    auto device = open_crypt(name, lower, *words);
    ::explicit_bzero(words->data(), words->size());
    return device;
}

IntegrityDisk place_on(const std::string& disk) {
    return {.device = disk, .start_bytes = k_volume_data_start, .writes = TagWrites::journal};
}

/// A volume with nothing on it. The header says that it is one when all of it has reached the disk.
Result<std::string> make_volume(const std::string& name, const std::string& disk, std::uint64_t disk_bytes,
                                const VolumeKey& key) {
    const auto lower = integrity_name(name);
    VolumeHeader header;
    header.disk_bytes = disk_bytes;
    header.salt.resize(k_volume_salt_size);
    RDT_CHECK(draw_bytes(header.salt));
    header.superblock.resize(k_volume_superblock_size);
    RDT_CHECK(write_header(disk, header, key));
    Unwind undo;
    RDT_TRY(const auto integrity, format_integrity(lower, place_on(disk)));
    undo.push([&lower] { auto ignored = remove_device(lower); });
    RDT_TRY(auto device, open_upper(name, integrity, key, header.salt));
    undo.push([&name] { auto ignored = remove_device(name); });
    RDT_CHECK(make_ext4_on(device, Ext4Journal::kept));
    header.state = VolumeState::made;
    header.data_sectors = integrity.sectors;
    RDT_TRY(header.superblock, read_integrity_superblock(place_on(disk), k_volume_superblock_size));
    RDT_CHECK(write_header(disk, header, key));
    undo.commit();
    return device;
}

Result<std::string> open_volume(const std::string& name, const std::string& disk, const VolumeHeader& header,
                                const VolumeKey& key) {
    RDT_TRY(const auto superblock, read_integrity_superblock(place_on(disk), k_volume_superblock_size));
    if (superblock != header.superblock)
        return fail(Code::data_loss, "where its data lie is not what its header says: the disk was changed");
    const auto lower = integrity_name(name);
    Unwind undo;
    SizedDevice integrity{.device = {}, .sectors = header.data_sectors};
    RDT_TRY(integrity.device, open_integrity(lower, place_on(disk), integrity.sectors));
    undo.push([&lower] { auto ignored = remove_device(lower); });
    RDT_TRY(auto device, open_upper(name, integrity, key, header.salt));
    undo.commit();
    return device;
}

/// The header of a volume of this key's; nothing for a disk that is empty.
Result<std::optional<VolumeHeader>> judge(const Front& front, const VolumeKey& key) {
    if (front.is_empty()) return std::nullopt;
    RDT_TRY(auto header, parse_volume_header(front.header()));
    const auto sealed = front.header().substr(0, k_volume_header_size - k_volume_seal_size);
    RDT_CHECK(key.check_seal(header.salt, sealed, front.header().substr(sealed.size())));
    if (front.disk_bytes != header.disk_bytes)
        return fail(Code::data_loss, "the disk has {} bytes, and had {} when the volume was made",
                    front.disk_bytes, header.disk_bytes);
    return header;
}

} // namespace

Result<std::string> open_kept_disk(const std::string& name, const std::string& disk, const VolumeKey& key) {
    const auto in_front = context("volume on {}", disk);
    RDT_TRY(const auto front, read_front(disk).transform_error(in_front));
    RDT_TRY(const auto header, judge(front, key).transform_error(in_front));
    if (header && header->state == VolumeState::made)
        return open_volume(name, disk, *header, key).transform_error(in_front);
    return make_volume(name, disk, front.disk_bytes, key).transform_error(in_front);
}

} // namespace redoubt::guest::mount
