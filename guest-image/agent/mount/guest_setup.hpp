// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What PID 1 of a guest does before it serves: filesystems, cgroups, loopback.

#include <filesystem>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::guest::mount {

/// Mounts what a guest needs on the bare initramfs and makes its root folder read-only. Errors: name the
/// mount.
[[nodiscard]] Status mount_guest_filesystems();

/// The folder below which containers get their cgroups; made, with the controllers handed down.
/// Errors: failed_precondition when the kernel lacks cgroup v2 or one of cpu, memory, pids.
[[nodiscard]] Result<std::filesystem::path> prepare_cgroups();

[[nodiscard]] Status bring_loopback_up();

/// The node of the virtio-serial port of that name; empty while there is none.
[[nodiscard]] std::string find_serial_port(const std::string& name);

} // namespace redoubt::guest::mount
