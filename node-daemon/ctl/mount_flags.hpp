// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// --volume, --mount and --tmpfs. Errors: invalid_argument naming the flag and what would be right.

#include <string>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

/// "[NAME|PATH:]TARGET[:OPTIONS]": a volume, or a snapshot of a file or folder of the host.
[[nodiscard]] Result<redoubt::node::v1::Mount> parse_volume_flag(const std::string& text);
/// "type=volume|tmpfs|bind,source=...,target=...,readonly".
[[nodiscard]] Result<redoubt::node::v1::Mount> parse_mount_flag(const std::string& text);
/// "TARGET[:size=64m,mode=1777,ro,exec]".
[[nodiscard]] Result<redoubt::node::v1::Mount> parse_tmpfs_flag(const std::string& text);

/// The value of --mount that means this mount. Errors: invalid_argument when a name in it has a comma or a
/// line break, which the flag cannot say.
[[nodiscard]] Result<std::string> mount_flag_text(const redoubt::node::v1::Mount& mount);

} // namespace redoubt::ctl
