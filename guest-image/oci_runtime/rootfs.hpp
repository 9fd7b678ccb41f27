// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A container's view of files. All of it happens in the container's own mount namespace, before it enters
/// its root folder: every path is resolved inside that folder, so nothing an image contains can lead a mount
/// outside.

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::guest::oci_runtime {

/// Detaches this mount namespace from its parent's and makes the rootfs a mount of its own. Returns its root
/// folder.
[[nodiscard]] Result<UniqueFd> open_rootfs(const std::string& path);

/// Whether this mount shows something that exists, rather than a new filesystem.
[[nodiscard]] bool is_bind(const oci::Mount& mount);

/// A detached copy of what `place` refers to, with the mount's attributes: the caller has opened it safely,
/// in a namespace that the container does not see.
[[nodiscard]] Result<UniqueFd> open_bind_source(int place, const oci::Mount& mount);

/// The mounts of the specification, in order; `bind_sources` has an entry for each, closed where it is not a
/// bind. Errors: each names the destination.
[[nodiscard]] Status make_mounts(int root, const oci::Spec& spec, const std::vector<UniqueFd>& bind_sources);

/// The default device nodes and links, and those of the specification.
[[nodiscard]] Status make_devices(int root, const oci::Spec& spec);

/// Binds the terminal to /dev/console.
[[nodiscard]] Status bind_console(int root, int slave);

/// Read-only and masked paths, and the read-only root.
[[nodiscard]] Status protect_paths(int root, const oci::Spec& spec);

/// Makes `root` this process's root folder and lets go of the old one.
[[nodiscard]] Status enter_rootfs(int root, const std::string& propagation);

} // namespace redoubt::guest::oci_runtime
