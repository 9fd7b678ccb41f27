// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "guest-image/agent/mount/storage.hpp"
#include "guest-image/agent/sandbox/container.hpp"

namespace redoubt::guest::sandbox {

enum class ChangeKind : std::uint8_t { changed, added, deleted };

/// What a container did to one path of its image.
struct Change {
    ChangeKind kind = ChangeKind::changed;
    std::string path; ///< "/etc/passwd"

    [[nodiscard]] bool operator==(const Change&) const = default;
};

/// The layers of an overlay that has an upper one; nothing for other storages.
[[nodiscard]] std::optional<Container::Layers> layers_of(const mount::Storage& storage);

/// What the upper layer changes, parents first and names sorted. Paths in `ignored` ("/etc/hosts"), with all
/// below them, are not the container's doing. A folder that is only copied up, with nothing of its own
/// changed, is left out. Blocks. Errors: by errno; resource_exhausted more than a million changes.
/// Source: Linux Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories".
[[nodiscard]] Result<std::vector<Change>> list_changes(const Container::Layers& layers,
                                                       const std::vector<std::string>& ignored);

/// Whether a path comes behind another one in that order.
[[nodiscard]] bool is_behind(const std::string& path, const std::string& other);

} // namespace redoubt::guest::sandbox
