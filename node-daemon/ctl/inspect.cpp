// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> inspect(Context context, const InspectOptions& options) {
    std::vector<pb::InspectContainerResponse> found;
    const auto inspect_one = [&](const std::string& container) -> Status {
        RDT_TRY(auto details, context.client.inspect_container(container));
        found.push_back(std::move(details));
        return {};
    };
    const auto outcome = for_each_name(options.containers, inspect_one, exit_code_of);
    RDT_CHECK(print(container_details_json(found)));
    return outcome.exit_code;
}

} // namespace redoubt::ctl
