// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "installer/setup/choose_disk.hpp"

namespace redoubt::installer {

/// The file system label of an installation medium.
inline constexpr std::string_view k_medium_label = "REDOUBT_INSTALL";

/// The disks of what lsblk(8) prints with --json --bytes --nodeps; drives for discs and the like are left
/// out. Errors: invalid_argument.
[[nodiscard]] Result<std::vector<Disk>> parse_disks(std::string_view json);

/// The machine's disks. One whose begin has data that nobody knows is not empty either.
[[nodiscard]] Result<std::vector<Disk>> list_disks();

} // namespace redoubt::installer
