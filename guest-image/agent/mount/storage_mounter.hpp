// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "common/async/task.hpp"
#include "common/base/unique_fd.hpp"
#include "guest-image/agent/mount/storage.hpp"

namespace redoubt::guest::mount {

/// Makes storages and takes them away again, counting who uses each mount point.
/// Every path is resolved below `base` without following a link; nothing is mounted anywhere else.
/// Thread: one strand.
class StorageMounter {
  public:
    /// `base` is the agent's run folder, /run/kata-containers; it must exist.
    static Result<StorageMounter> open(std::filesystem::path base, Duration hotplug_timeout);

    /// Mounts `storage`; when its mount point is in use already, it only gains a user.
    /// Errors: invalid_argument names the field; unimplemented an unknown driver; deadline_exceeded a missing
    /// disk.
    Task<void> acquire(Storage storage);
    /// Gives back one use of a mount point; the last one unmounts it and removes its verity device.
    [[nodiscard]] Status release(const std::string& mount_point);
    /// Lets go of everything, in reverse order of making.
    void release_all();

    [[nodiscard]] const std::filesystem::path& base() const { return base_; }
    /// The path below base() of an absolute path in it. Errors: invalid_argument for any other path.
    [[nodiscard]] Result<std::string> inside_base(const std::string& path) const;

  private:
    struct Made {
        std::uint32_t users = 1;
        std::uint64_t order = 0;
        std::string verity_device; ///< its device-mapper name, or nothing
        bool is_mounted = true;    ///< false: only a folder
    };

    StorageMounter(std::filesystem::path base, UniqueFd folder, Duration hotplug_timeout)
        : base_(std::move(base)), folder_(std::move(folder)), hotplug_timeout_(hotplug_timeout) {}

    Task<Made> make(const Storage& storage);
    Task<Made> make_scsi(Storage storage);
    Result<Made> make_overlay(const Storage& storage);
    Result<Made> make_tmpfs(const Storage& storage);
    Result<Made> make_bind(const Storage& storage);
    Result<Made> make_local(const Storage& storage);
    Result<std::string> checked_lower(const std::string& path) const;
    Result<UniqueFd> open_target(const std::string& mount_point) const;
    Status unmount(const std::string& mount_point, const Made& made) const;

    std::filesystem::path base_;
    UniqueFd folder_;
    Duration hotplug_timeout_;
    std::uint64_t made_count_ = 0;
    std::uint64_t device_count_ = 0;
    std::map<std::string, Made> mounts_;
};

} // namespace redoubt::guest::mount
