// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// The names of all columns that top knows, podman's: "args, comm, etime...".
[[nodiscard]] std::string process_columns_text();

/// `top`: a line a process. `columns`: none are the usual ones.
/// Errors: invalid_argument a column that is not known, naming those that are.
[[nodiscard]] Result<std::string> render_processes(const pb::TopContainerResponse& processes,
                                                   const std::vector<std::string>& columns);
[[nodiscard]] std::string processes_json(const pb::TopContainerResponse& processes);

} // namespace redoubt::ctl
