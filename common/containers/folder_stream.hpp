// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Walking through a folder that somebody else filled, by descriptors alone.

#include <dirent.h>

#include <memory>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::containers {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

/// A stream of what is in the folder that `place` refers to, in any way.
[[nodiscard]] Result<Folder> open_folder(int place);

/// The next entry of a folder that is none of its own; empty at the end. Valid until the next call.
[[nodiscard]] std::string_view next_name(DIR* folder);

} // namespace redoubt::containers
