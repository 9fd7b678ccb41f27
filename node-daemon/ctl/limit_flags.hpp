// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// --ulimit, --restart and --env-file. Errors: invalid_argument naming the flag; errno's for a file.

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

/// "nofile=1024[:2048]"; -1 and "unlimited" are no limit.
[[nodiscard]] Result<redoubt::node::v1::Ulimit> parse_ulimit(const std::string& text);
/// "no", "on-failure[:N]", "always", "unless-stopped".
[[nodiscard]] Result<redoubt::node::v1::RestartPolicy> parse_restart_policy(const std::string& text);
/// The lines of a file that are NAME=VALUE, or NAME alone; without blank lines and those that begin with '#'.
[[nodiscard]] Result<std::vector<std::string>> read_environment_file(const std::string& path);

} // namespace redoubt::ctl
