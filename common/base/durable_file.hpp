// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Files that a power cut leaves whole: on the disk when these return. Errors: by errno, with the path.

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt {

/// What was written to a file, or which names are in a folder.
[[nodiscard]] Status sync_to_disk(const std::filesystem::path& path);

/// A file that was not there, of exactly this mode, never through a link. Its name in the folder is not
/// synced. Errors: already_exists.
[[nodiscard]] Status write_new_durably(const std::filesystem::path& path, std::string_view content,
                                       mode_t mode);

/// The old content or the new, whatever happens.
[[nodiscard]] Status replace_durably(const std::filesystem::path& path, std::string_view content,
                                     mode_t mode);

} // namespace redoubt
