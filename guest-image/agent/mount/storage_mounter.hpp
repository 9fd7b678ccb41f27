// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "guest-image/agent/mount/storage.hpp"
#include "guest-image/agent/mount/volume_key.hpp"
#include "guest-image/agent/mount/watched_copy.hpp"

namespace redoubt::guest::mount {

/// Makes storages and takes them away again, counting who uses each mount point.
/// Every path is resolved below `base` without following a link; nothing is mounted anywhere else.
/// Drivers: disk_storage.cpp (blk, mmioblk, scsi), overlay_storage.cpp, memory_storage.cpp (ephemeral, local)
/// and bind_storage.cpp (bind, watchable-bind). Layers of a root folder are expanded before:
/// layered_rootfs.hpp. Thread: one strand.
class StorageMounter {
  public:
    /// `base` is the agent's run folder, /run/kata-containers; it must exist.
    static Result<StorageMounter> open(std::filesystem::path base, Duration hotplug_timeout);

    /// Mounts `storage`; when its mount point is in use already, it only gains a user.
    /// Errors: invalid_argument names the field; unimplemented an unknown driver; deadline_exceeded a missing
    /// disk; resource_exhausted too many storages.
    Task<void> acquire(Storage storage);
    /// The same for a volume that is kept: key_of_volume() is where `key` comes from. Its mount point is its
    /// user's alone. Errors besides: open_kept_disk()'s; already_exists something is mounted there. Lifetime:
    /// `key` outlives the call.
    Task<void> acquire_kept(Storage storage, const VolumeKey& key);
    /// Gives back one use of a mount point; the last one unmounts it and removes its device-mapper devices.
    [[nodiscard]] Status release(const std::string& mount_point);
    /// Lets go of everything, in reverse order of making.
    void release_all();

    /// Gives a mounted ephemeral storage new filesystem options, its size above all.
    /// Errors: not_found when nothing is mounted there; invalid_argument for another driver.
    [[nodiscard]] Status update(Storage storage);

    /// Keeps the copies of watchable-bind storages up to date until cancelled.
    asio::awaitable<void> keep_copies_current();

    [[nodiscard]] const std::filesystem::path& base() const { return base_; }
    [[nodiscard]] Duration hotplug_timeout() const { return hotplug_timeout_; }
    /// The path below base() of an absolute path in it. Errors: invalid_argument for any other path.
    [[nodiscard]] Result<std::string> inside_base(const std::string& path) const;
    /// Opens what is there at an absolute path below base(), through no link.
    [[nodiscard]] Result<UniqueFd> open_inside(const std::string& path, int flags) const;
    /// Opens a folder below base(), and makes it when it is missing.
    [[nodiscard]] Result<UniqueFd> open_target(const std::string& path) const;

  private:
    struct Made {
        std::uint32_t users = 1;
        std::uint64_t order = 0;
        std::vector<std::string> mapped; ///< names of its device-mapper devices, upper ones first
        bool is_mounted = true;          ///< false: only a folder
        bool is_tmpfs = false;
        std::unique_ptr<WatchedCopy> copy;
    };

    StorageMounter(std::filesystem::path base, UniqueFd folder, Duration hotplug_timeout)
        : base_(std::move(base)), folder_(std::move(folder)), hotplug_timeout_(hotplug_timeout) {}

    Task<void> acquire_with(Storage storage, const VolumeKey* key);
    Task<Made> make(Storage storage, const VolumeKey* key);
    Task<Made> make_disk(Storage storage, const VolumeKey* key);
    Result<Made> mount_disk(const Storage& storage, const std::string& device, int target,
                            std::vector<std::string> mapped) const;
    Result<Made> mount_encrypted(Storage storage, const std::string& device, int target,
                                 const VolumeKey* key);
    Result<Made> make_without_disk(const Storage& storage) const;
    Result<Made> make_overlay(Storage storage) const;
    Status make_folders(std::vector<std::string>& words) const;
    Result<Made> make_tmpfs(Storage storage) const;
    Result<Made> make_local(Storage storage) const;
    Result<Made> make_bind(const Storage& storage) const;
    Result<Made> make_watched(const Storage& storage) const;
    Task<void> give_to_group(Storage storage) const;
    Result<std::string> checked_lower(const std::string& path) const;
    Status unmount(const std::string& mount_point, const Made& made) const;

    std::filesystem::path base_;
    UniqueFd folder_;
    Duration hotplug_timeout_;
    std::uint64_t made_count_ = 0;
    std::uint64_t device_count_ = 0;
    std::map<std::string, Made> mounts_;
    std::set<std::string> being_made_;
};

} // namespace redoubt::guest::mount
