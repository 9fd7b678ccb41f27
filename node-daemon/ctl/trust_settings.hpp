// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "common/base/error.hpp"
#include "node-daemon/ctl/trust_verbs.hpp"

namespace redoubt::ctl {

/// Looks a variable up; empty when it is not set.
using Environment = std::function<std::string(const char* name)>;

/// $XDG_CONFIG_HOME/redoubt/trust.toml, else ~/.config/redoubt/trust.toml; empty where neither is known.
[[nodiscard]] std::filesystem::path trust_config_file(const Environment& environment);

/// Flags, then the environment (REDOUBT_KBS, REDOUBT_KBS_CA, _CERT, _KEY, _TOKEN_FILE, _TENANT), then the
/// file, whose paths are relative to it. Errors: invalid_argument no broker is named; a URL that is none, or
/// plain HTTP to another machine; a certificate without its key; what the file says wrongly.
[[nodiscard]] Result<TrustConnection>
complete_connection(TrustConnection flags, const Environment& environment, const std::filesystem::path& file);

} // namespace redoubt::ctl
