// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::runtime {

enum class LoopAccess : std::uint8_t { read_only, read_write };

/// A file of the host as a block device. The device goes with the last mount and descriptor on it.
struct LoopDevice {
    std::string path; ///< "/dev/loop7", or a node of its own below `folder` where /dev has none
    UniqueFd device;
    /// Of the file, whose writer's lock it holds: nobody else mounts it meanwhile, nor gives it to a VM.
    UniqueFd file;
};

/// Errors: by errno; failed_precondition somebody else writes the file.
/// Source: loop(4), linux/loop.h.
[[nodiscard]] Result<LoopDevice> open_loop_device(const std::filesystem::path& file, LoopAccess access,
                                                  const std::filesystem::path& folder);

} // namespace redoubt::node::runtime
