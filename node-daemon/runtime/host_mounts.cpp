// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/host_mounts.hpp"

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "node-daemon/runtime/loop_device.hpp"

namespace redoubt::node::runtime {
namespace {

constexpr std::string_view k_lower = "lowerdir=";
// Source: Linux fs/ext4/ext4.h; the header is not for programs.
constexpr unsigned long k_ext4_resize = _IOW('f', 16, std::uint64_t);

Status make_folder(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return fail_errno(error.value(), "make folder {}", path.native());
    return {};
}

/// Layers are passed one by one: their number is not bounded by the length of one option.
std::vector<std::string> split_layers(const std::vector<std::string>& options) {
    std::vector<std::string> out;
    for (const auto& option : options) {
        if (!option.starts_with(k_lower)) {
            out.push_back(option);
            continue;
        }
        for (std::string_view rest = std::string_view(option).substr(k_lower.size()); !rest.empty();) {
            const auto end = std::min(rest.find(':'), rest.size());
            out.push_back("lowerdir+=" + std::string(rest.substr(0, end)));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return out;
}

/// The superblock of an ext4 filesystem in a file. Source: Linux Documentation/filesystems/ext4, "The Super
/// Block": s_blocks_count_lo at 0x4, s_log_block_size at 0x18, s_magic at 0x38, s_blocks_count_hi at 0x150.
struct Ext4Size {
    std::uint64_t blocks = 0;
    std::uint64_t block_bytes = 0;
};
std::optional<Ext4Size> read_ext4_size(int file) {
    constexpr off_t k_place = 1024;
    std::array<char, 1024> block{};
    if (::pread(file, block.data(), block.size(), k_place) != static_cast<ssize_t>(block.size()))
        return std::nullopt;
    const auto number_at = [&block](std::size_t offset) {
        std::uint32_t value = 0;
        std::memcpy(&value, block.data() + offset, sizeof value); // little-endian, as every host of ours
        return value;
    };
    constexpr std::uint32_t k_largest_log = 6; // 64 KiB
    if ((number_at(0x38) & 0xffffU) != EXT4_SUPER_MAGIC || number_at(0x18) > k_largest_log)
        return std::nullopt;
    return Ext4Size{.blocks = (static_cast<std::uint64_t>(number_at(0x150)) << 32U) + number_at(0x4),
                    .block_bytes = 1024ULL << number_at(0x18)};
}

/// No error when it is as large as its file already, or no ext4. Needs CAP_SYS_RESOURCE.
Status grow_filesystem(const std::string& mount_point, int file) {
    RDT_TRY(const auto folder, open_file(mount_point, O_RDONLY | O_DIRECTORY));
    const auto size = read_ext4_size(file);
    struct stat status{};
    if (::fstat(file, &status) != 0) return fail_errno(errno, "look at the volume at {}", mount_point);
    if (!size) return {};
    const auto blocks = static_cast<std::uint64_t>(status.st_size) / size->block_bytes;
    if (blocks <= size->blocks) return {};
    if (::ioctl(folder.get(), k_ext4_resize, &blocks) != 0)
        return fail_errno(errno, "grow the volume at {} to {} blocks", mount_point, blocks);
    return {};
}

Status make_overlay_folders(const std::vector<std::string>& options) {
    for (const auto& option : options)
        for (const std::string_view key : {"upperdir=", "workdir="})
            if (option.starts_with(key)) RDT_CHECK(make_folder(option.substr(key.size())));
    return {};
}

} // namespace

Result<UniqueFd> HostMounts::make_mount(const HostStorage& storage) {
    if (storage.driver == "ephemeral")
        return make_filesystem("tmpfs", "tmpfs", parse_mount_options(storage.options));
    if (storage.driver == "overlayfs") {
        RDT_CHECK(make_overlay_folders(storage.options));
        return make_filesystem("overlay", "overlay", parse_mount_options(split_layers(storage.options)));
    }
    if (storage.driver != "loop")
        return fail(Code::invalid_argument, "storage driver '{}' is not loop, ephemeral or overlayfs",
                    storage.driver);
    const bool is_written = std::ranges::contains(storage.options, "rw");
    RDT_TRY(auto loop,
            open_loop_device(storage.source, is_written ? LoopAccess::read_write : LoopAccess::read_only,
                             folder_));
    RDT_TRY(auto mount, make_filesystem(storage.fstype, loop.path, parse_mount_options(storage.options)));
    if (is_written) disks_[storage.mount_point] = {std::move(loop.device), std::move(loop.file)};
    return mount;
}

Status HostMounts::make(const HostStorage& storage) {
    const auto& place = storage.mount_point;
    const auto normal = std::filesystem::path(place).lexically_normal();
    if (normal != place || !place.starts_with(folder_.native() + "/"))
        return fail(Code::invalid_argument, "mount point '{}' does not lie below {}", place,
                    folder_.native());
    RDT_CHECK(make_folder(place));
    RDT_TRY(const auto mount, make_mount(storage).transform_error(context("mount {}", place)));
    RDT_TRY(const auto target, open_file(place, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    RDT_CHECK(attach_mount(mount.get(), target.get()).transform_error(context("mount {}", place)));
    mounted_.push_back(place);
    // Its file may have become larger while nobody had it; one that does not grow is a smaller volume.
    if (const auto disk = disks_.find(place); disk != disks_.end())
        std::ignore = grow_filesystem(place, disk->second.file.get());
    return {};
}

Status HostMounts::bind(const std::string& source, const std::string& target) {
    RDT_TRY(const auto from, open_file(source, O_PATH));
    RDT_TRY(const auto to, open_file(target, O_PATH));
    const MountOptions options{.bind = BindKind::recursive, .data = {}};
    RDT_TRY(const auto mount, clone_mount(from.get(), options).transform_error(context("bind {}", source)));
    RDT_CHECK(attach_mount(mount.get(), to.get()).transform_error(context("bind {}", source)));
    mounted_.push_back(target);
    return {};
}

Status HostMounts::remove_all() {
    Status outcome;
    while (!mounted_.empty()) {
        const auto place = std::move(mounted_.back());
        mounted_.pop_back();
        if (::umount2(place.c_str(), UMOUNT_NOFOLLOW) != 0 && outcome)
            outcome = fail_errno(errno, "unmount {}", place);
        disks_.erase(place);
    }
    return outcome;
}

Status HostMounts::grow(const std::string& mount_point) const {
    const auto found = disks_.find(mount_point);
    if (found == disks_.end()) return fail(Code::not_found, "no disk is written to at {}", mount_point);
    if (::ioctl(found->second.device.get(), LOOP_SET_CAPACITY) != 0)
        return fail_errno(errno, "look at the size of the disk at {}", mount_point);
    return grow_filesystem(mount_point, found->second.file.get());
}

} // namespace redoubt::node::runtime
