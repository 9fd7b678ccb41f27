// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> restart(Context context, const RestartOptions& options) {
    auto names = options.containers;
    if (options.all || options.running) {
        RDT_TRY(names, names_of(context.client, [&](const pb::ContainerSummary& container) {
                    return options.all || container.state() == pb::RUNNING;
                }));
    }
    const auto restart_one = [&](const std::string& container) {
        pb::RestartContainerRequest request;
        request.set_container(container);
        if (options.timeout_seconds) request.set_timeout_seconds(*options.timeout_seconds);
        return context.client.restart_container(request);
    };
    return report(for_each_name(names, restart_one, exit_code_of), context.json);
}

} // namespace redoubt::ctl
