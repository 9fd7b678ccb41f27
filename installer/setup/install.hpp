// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/appliance/answers.hpp"
#include "installer/setup/payload.hpp"

namespace redoubt::installer {

/// What is written where.
struct Installation {
    std::filesystem::path target;             ///< a disk, or an image file
    std::optional<std::uint64_t> image_bytes; ///< the target is a file to be made, of this size
    bool erase = false;                       ///< a partition table that is there goes
    std::string answers;                      ///< the text that the node keeps
    std::filesystem::path work;               ///< an empty folder with room for a kernel
};

/// Writes the layout, then reads every file of the payload back from the target. The target is not usable
/// after an error. Errors: data_loss something reads back as something else; systemd-repart's words go to
/// standard error. Blocks for minutes.
[[nodiscard]] Status install(const Payload& payload, const Installation& installation);

} // namespace redoubt::installer
