// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt {

/// The whole of a file.
/// Errors: not_found and so on by errno; resource_exhausted when it is larger than `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uint64_t limit = 16U << 20U);

/// Writes a file so that readers see the old or the new content, never half of it (temporary name, rename).
[[nodiscard]] Status write_file(const std::filesystem::path& path, std::string_view content,
                                mode_t mode = 0644);

/// Writes to an existing file (procfs, sysfs, cgroupfs): one open without O_CREAT, one write.
[[nodiscard]] Status write_existing(const std::filesystem::path& path, std::string_view content);

/// Writes all of `content` to a descriptor.
[[nodiscard]] Status write_all(int fd, std::string_view content);

/// open(2) with O_CLOEXEC added.
[[nodiscard]] Result<UniqueFd> open_file(const std::filesystem::path& path, int flags, mode_t mode = 0);

} // namespace redoubt
