// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Where cp puts things. Pure. Source: podman-cp(1), "the following behavior applies".

#include <cstdint>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::ctl {

/// One end of a copy as it was written.
struct CopyEnd {
    enum class Kind : std::uint8_t { local, container, stream };
    Kind kind = Kind::local;
    std::string container;
    std::string path;
};

/// "CONTAINER:PATH", "-", or a path here: one that begins with "/" or ".", or has a "/" before its first ":".
/// Errors: invalid_argument a container without a path.
[[nodiscard]] Result<CopyEnd> parse_copy_end(const std::string& text);

/// What is at a path.
enum class PathKind : std::uint8_t { missing, file, folder, other };

struct CopySource {
    PathKind kind = PathKind::missing;
    std::string path;
};
struct CopyTarget {
    PathKind kind = PathKind::missing;
    PathKind parent = PathKind::missing; ///< of the folder it is in
    std::string path;
};

/// Where the archive is unpacked, and what its first entry is called: "." means the folder itself.
struct CopyPlace {
    std::string folder;
    std::string name;
};

enum class Overwrite : std::uint8_t { no, yes };

/// Errors: not_found, invalid_argument: what cannot be copied there, and why.
[[nodiscard]] Result<CopyPlace> place_copy(const CopySource& source, const CopyTarget& target,
                                           Overwrite overwrite);

/// The path of the folder that a path is in; "." or "/" when there is no other.
[[nodiscard]] std::string parent_of(const std::string& path);

} // namespace redoubt::ctl
