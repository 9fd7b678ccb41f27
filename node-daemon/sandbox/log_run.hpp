// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Where in a container's log its present run begins. A log goes on over restarts, the guest counts each
/// process's output from zero. Format: docs/formats/container-log.md. Blocking: to be called on the pool.

#include <filesystem>

#include "common/base/error.hpp"
#include "node-daemon/sandbox/log_lengths.hpp"

namespace redoubt::node::sandbox {

/// Keeps in `<log>.run` what had been logged when the run began. Errors: by errno.
Status write_run_start(const std::filesystem::path& log, const LogLengths& lengths);

/// What write_run_start() kept; zero for a first run, which has no such file. Errors: by errno; data_loss.
Result<LogLengths> read_run_start(const std::filesystem::path& log);

} // namespace redoubt::node::sandbox
