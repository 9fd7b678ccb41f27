// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A guest for tests: the project's kernel with a busybox shell that obeys the agent port.

#include <boost/asio/local/stream_protocol.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::test {

/// The guest kernel: REDOUBT_GUEST_KERNEL, else the newest in the cache of the SDK root; nothing when not
/// built yet.
[[nodiscard]] std::optional<std::filesystem::path> find_guest_kernel();

/// The host's TSC frequency, without which an emulated guest may hang; 0 where it is not told.
[[nodiscard]] std::uint64_t tsc_khz();

/// Writes an initramfs of busybox and `init`, a shell script.
[[nodiscard]] Status write_initramfs(const std::filesystem::path& path, const std::string& init);

/// A script that says "guest is up" on the console and then runs each line it reads from the agent port,
/// answering with the line's output and a line "done". "exit" ends it, which makes the kernel panic.
[[nodiscard]] std::string obedient_init();

/// The process of the VM with that runtime folder; nothing when there is none.
[[nodiscard]] std::optional<int> find_vm_process(const std::filesystem::path& runtime_directory);

/// Runs `line` in the guest and returns its output. May be called at any time: waits for the guest to boot.
Task<std::string> ask_guest(std::filesystem::path socket, std::string line);

} // namespace redoubt::test
