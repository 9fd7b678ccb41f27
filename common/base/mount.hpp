// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Mounts by descriptor (fsopen, open_tree, move_mount): a mount is made detached, then attached to a folder
/// that was opened safely, so that no path is looked up twice. Needs Linux 5.12.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt {

enum class BindKind { none, single, recursive };

/// What a mount's option words say.
struct MountOptions {
    std::uint64_t set = 0;   ///< MOUNT_ATTR_*
    std::uint64_t clear = 0; ///< MOUNT_ATTR_*, taken off a bind's source
    /// The same for the whole tree of a recursive bind ("rro", "rnosuid"...); they have the last word.
    std::uint64_t set_in_tree = 0;
    std::uint64_t clear_in_tree = 0;
    BindKind bind = BindKind::none;
    unsigned long propagation = 0; ///< MS_PRIVATE and so on, with MS_REC for the "r" forms; 0: leave
    std::vector<std::string> data; ///< "size=64m": for the filesystem
};

/// Sorts the option words of the OCI runtime specification; words it does not know are the filesystem's own.
[[nodiscard]] MountOptions parse_mount_options(std::span<const std::string> words);

/// A new filesystem instance, not yet attached anywhere.
/// Errors: the filesystem's own words where the kernel has them.
[[nodiscard]] Result<UniqueFd> make_filesystem(const std::string& type, const std::string& source,
                                               const MountOptions& options);

/// A copy of the mount at `place` (any descriptor), for a bind.
[[nodiscard]] Result<UniqueFd> clone_mount(int place, const MountOptions& options);

/// Attaches a detached mount on top of what `target` refers to. `mount` then refers to the new mount's root.
[[nodiscard]] Status attach_mount(int mount, int target);

/// Makes the mount at `place` (its root) and those below it read-only.
[[nodiscard]] Status make_read_only(int mount);

/// The path by which system calls that want one reach a descriptor.
[[nodiscard]] std::string path_of(int fd);

} // namespace redoubt
