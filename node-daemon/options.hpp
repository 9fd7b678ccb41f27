// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node {

/// What redoubtd's command line says. Empty paths: what the configuration says.
struct Options {
    enum class Asks { run, help, version, print_config } asks = Asks::run;
    std::filesystem::path config_file;
    std::filesystem::path state_directory;
    std::filesystem::path runtime_directory;
    std::filesystem::path launcher_socket;
};

inline constexpr std::string_view k_usage =
    "Usage: redoubtd [--config FILE] [--state-dir DIR] [--runtime-dir DIR] [--launcher SOCKET]\n"
    "\n"
    "Runs containers in micro-VMs, and serves redoubtctl on a unix socket.\n"
    "\n"
    "  --config FILE       settings, instead of /etc/redoubt/redoubtd.toml\n"
    "  --state-dir DIR     database, images and logs; overrides state_dir\n"
    "  --runtime-dir DIR   sockets and VM folders; overrides runtime_dir\n"
    "  --launcher SOCKET   of redoubt-launcher; overrides launcher.socket\n"
    "  --print-config      print the effective settings and where each comes from\n"
    "  --version           print the version\n"
    "  --help              print this\n";

/// Errors: invalid_argument naming the option.
[[nodiscard]] Result<Options> parse_options(int argc, char** argv);

} // namespace redoubt::node
