// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/config/settings.hpp"
#include "services/simtee/server.hpp"

namespace redoubt::services::simtee {

inline constexpr const char* k_config_file = "/etc/redoubt-simtee/redoubt-simtee.toml";
inline constexpr const char* k_state_folder = "/var/lib/redoubt-simtee";

/// redoubt-simtee's settings. What each key means is in the schema, and in redoubt-simtee(8).
struct Config {
    std::filesystem::path listen;
    std::filesystem::path state_dir;
    std::string log_level;
    std::filesystem::path qemu;
    std::filesystem::path snp_firmware; ///< empty: AMD's processor is not played
    std::string snp_cpu_model;
    std::filesystem::path tdx_firmware; ///< empty: Intel's is not
    std::vector<std::string> executed_firmware;
    ServerLimits limits;
};

/// Every key there is.
[[nodiscard]] config::Schema config_schema();
/// Errors: invalid_argument keys that do not go together.
[[nodiscard]] Result<Config> make_config(const config::Settings& settings);

} // namespace redoubt::services::simtee
