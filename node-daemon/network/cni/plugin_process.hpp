// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/error.hpp"

namespace redoubt::node::network::cni {

struct PluginRun {
    std::filesystem::path program;
    std::vector<std::string> environment; ///< NAME=value; nothing else of ours is passed on
    std::string input;
    Duration limit = std::chrono::seconds(60);
    std::vector<std::string> arguments = {}; ///< plugins have none
};

struct PluginOutput {
    int exit_code = 0;  ///< 128 + n when signal n ended it
    std::string output; ///< at most 1 MiB
    std::string errors; ///< the last 4 KiB of what it logged
};

/// Runs a plugin in a process group of its own and waits for its end; the group is killed when the time is
/// over. Blocks. Errors: not_found no such program; deadline_exceeded; resource_exhausted too much output.
[[nodiscard]] Result<PluginOutput> run_plugin(const PluginRun& run);

} // namespace redoubt::node::network::cni
