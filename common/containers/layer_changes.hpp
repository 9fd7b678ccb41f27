// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::containers {

/// The folders of an overlay that is a container's root filesystem: of its own files, and of its image's, top
/// first.
struct Layers {
    std::string upper;
    std::vector<std::string> lower;
};

enum class ChangeKind : std::uint8_t { changed, added, deleted };

/// What a container did to one path of its image.
struct Change {
    ChangeKind kind = ChangeKind::changed;
    std::string path; ///< "/etc/passwd"

    [[nodiscard]] bool operator==(const Change&) const = default;
};

/// The layers that the mount options of an overlay name; nothing for options of other filesystems.
[[nodiscard]] std::optional<Layers> layers_of(const std::vector<std::string>& mount_options);

/// What the upper layer changes, parents first and names sorted. Paths in `ignored` ("/etc/hosts"), with all
/// below them, are not the container's doing. A folder that is only copied up, with nothing of its own
/// changed, is left out. Blocks. Errors: by errno; resource_exhausted more than a million changes.
/// Source: Linux Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
[[nodiscard]] Result<std::vector<Change>> list_changes(const Layers& layers,
                                                       const std::vector<std::string>& ignored);

/// Whether a path comes behind another one in that order.
[[nodiscard]] bool is_behind(const std::string& path, const std::string& other);

} // namespace redoubt::containers
