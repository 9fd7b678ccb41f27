// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/ctl/client.hpp"

namespace redoubt::ctl {

/// Does one thing to many: what succeeded, and the exit code for what did not.
struct Outcome {
    std::vector<std::string> done;
    int exit_code = 0;
};

/// Runs `action` for each name; a failure is printed and the others go on. `code_of` gives a failure's exit
/// code; of several, the greatest counts.
[[nodiscard]] Outcome for_each_name(const std::vector<std::string>& names,
                                    const std::function<Status(const std::string&)>& action,
                                    const std::function<int(const Error&)>& code_of);

/// The names of all containers that are `wanted`, also of those that do not run.
Result<std::vector<std::string>> names_of(Client& client,
                                          const std::function<bool(const pb::ContainerSummary&)>& wanted);

/// Prints the names, one a line, or as JSON.
Result<int> report(const Outcome& outcome, bool json);

} // namespace redoubt::ctl
