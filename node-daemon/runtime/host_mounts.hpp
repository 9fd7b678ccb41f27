// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::runtime {

/// A mount to be made before the container: the form of Kata's Storage, with the drivers "loop" (source: a
/// file), "ephemeral" and "overlayfs".
struct HostStorage {
    std::string driver;
    std::string source;
    std::string fstype;
    std::vector<std::string> options;
    std::string mount_point;
};

/// The mounts of one container, in the mount namespace of this process alone: they go with it, whatever
/// becomes of the daemon. Blocking.
class HostMounts {
  public:
    /// All mount points must lie in `folder`.
    explicit HostMounts(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Makes the folder of the mount point and the mount. Errors: invalid_argument outside of the folder, or
    /// an unknown driver; else by errno, naming the mount point.
    [[nodiscard]] Status make(const HostStorage& storage);
    /// Shows what is at `source` at `target`, which must exist; what is below `source` comes along.
    [[nodiscard]] Status bind(const std::string& source, const std::string& target);
    /// Takes all away, last one first: what lies on disks is written to them. Errors: that of the first
    /// mount that stays; the rest is gone.
    [[nodiscard]] Status remove_all();
    /// Lets the ext4 filesystem at a mount point have all of its file, which has become larger.
    /// Errors: not_found nothing is written to there; by errno.
    [[nodiscard]] Status grow(const std::string& mount_point) const;

  private:
    struct Disk {
        UniqueFd device;
        UniqueFd file;
    };

    [[nodiscard]] Result<UniqueFd> make_mount(const HostStorage& storage);

    std::filesystem::path folder_;
    std::vector<std::string> mounted_;
    std::map<std::string, Disk> disks_; ///< that are written to, by mount point
};

} // namespace redoubt::node::runtime
