// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"

#include <algorithm>

#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"

namespace redoubt::ctl {

Outcome for_each_name(const std::vector<std::string>& names,
                      const std::function<Status(const std::string&)>& action,
                      const std::function<int(const Error&)>& code_of) {
    Outcome outcome;
    for (const auto& name : names) {
        if (const auto status = action(name); status) {
            outcome.done.push_back(name);
        } else {
            print_error(status.error());
            outcome.exit_code = std::max(outcome.exit_code, code_of(status.error()));
        }
    }
    return outcome;
}

Result<std::vector<std::string>> names_of(Client& client,
                                          const std::function<bool(const pb::ContainerSummary&)>& wanted) {
    RDT_TRY(const auto all, client.list_containers(/*all=*/true));
    std::vector<std::string> names;
    for (const auto& container : all.containers())
        if (wanted(container)) names.push_back(container.name());
    return names;
}

Result<int> report(const Outcome& outcome, bool json) {
    std::string text;
    for (const auto& name : outcome.done) text += name + "\n";
    RDT_CHECK(print(json ? touched_containers_json(outcome.done) : text));
    return outcome.exit_code;
}

} // namespace redoubt::ctl
