// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/volume.hpp"

#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <format>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/option_words.hpp"

namespace redoubt::guest::mount {

namespace {

// Source: Linux fs/ext4/ext4.h; the header is not for programs.
constexpr unsigned long k_ext4_resize = _IOW('f', 16, std::uint64_t);
constexpr std::uint64_t k_sector = 512;

VolumeUsage::Part part_of(std::uint64_t unit, std::uint64_t total, std::uint64_t free,
                          std::uint64_t available) {
    return {total * unit, available * unit, (total - free) * unit};
}

/// Asks a SCSI disk for its size again; a virtio disk tells by itself.
Result<std::uint64_t> size_of_disk(dev_t number, const std::filesystem::path& sysfs) {
    const auto disk = sysfs / std::format("dev/block/{}:{}", major(number), minor(number));
    auto asked = write_existing(disk / "device/rescan", "1");
    RDT_TRY(auto text, read_file(disk / "size"));
    while (text.ends_with('\n')) text.pop_back();
    RDT_TRY(const auto sectors, parse_number<std::uint64_t>("size of the disk", text));
    return sectors * k_sector;
}

} // namespace

Result<VolumeUsage> volume_usage(int place) {
    struct statfs status{};
    if (::fstatfs(place, &status) != 0) return fail_errno(errno, "look at the volume");
    VolumeUsage usage;
    usage.bytes =
        part_of(static_cast<std::uint64_t>(status.f_bsize), status.f_blocks, status.f_bfree, status.f_bavail);
    usage.inodes = part_of(1, status.f_files, status.f_ffree, status.f_ffree);
    return usage;
}

Status grow_volume(int folder, std::uint64_t size, const std::filesystem::path& sysfs) {
    struct statfs filesystem{};
    struct stat status{};
    if (::fstatfs(folder, &filesystem) != 0 || ::fstat(folder, &status) != 0)
        return fail_errno(errno, "look at the volume");
    if (filesystem.f_type != EXT4_SUPER_MAGIC)
        return fail(Code::failed_precondition, "the volume is no ext4 filesystem: it cannot grow");
    RDT_TRY(const auto disk, size_of_disk(status.st_dev, sysfs));
    const auto block = static_cast<std::uint64_t>(filesystem.f_bsize);
    const std::uint64_t wanted = (size == 0 ? disk : size) / block;
    if (size > disk) return fail(Code::out_of_range, "{} bytes are more than the disk's {}", size, disk);
    if (wanted < filesystem.f_blocks)
        return fail(Code::out_of_range, "{} bytes are less than the volume's {}: it only grows", size,
                    filesystem.f_blocks * block);
    if (::ioctl(folder, k_ext4_resize, &wanted) != 0)
        return fail_errno(errno, "grow the volume to {} blocks of {} bytes", wanted, block);
    return {};
}

Status add_swap(const std::string& device) {
    if (::swapon(device.c_str(), 0) == 0) return {};
    if (errno == ENOSYS) return fail(Code::failed_precondition, "the guest kernel has no swap");
    return fail_errno(errno, "swap to {}", device);
}

} // namespace redoubt::guest::mount
