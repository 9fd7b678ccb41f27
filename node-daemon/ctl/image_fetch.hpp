// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"
#include "node-daemon/ctl/client.hpp"
#include "node-daemon/ctl/progress.hpp"

namespace redoubt::ctl {

enum class Quiet : std::uint8_t { no, yes };

/// Bars when standard error is a terminal, lines when not, nothing when quiet.
[[nodiscard]] ProgressStyle progress_style(Quiet quiet);

/// Pulls an image with progress on standard error. Errors: the daemon's.
Result<pb::Image> pull_with_progress(Client& client, const pb::PullImageRequest& request,
                                     ProgressStyle style);

/// Imports an image with progress on standard error. Errors: the daemon's.
Result<pb::Image> import_with_progress(Client& client, const pb::ImportImageRequest& request,
                                       ProgressStyle style);

} // namespace redoubt::ctl
