// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> pause(Context context, const PauseOptions& options) {
    auto names = options.containers;
    if (options.all) {
        RDT_TRY(names, names_of(context.client, [](const pb::ContainerSummary& container) {
                    return container.state() == pb::RUNNING && !container.paused();
                }));
    }
    const auto pause_one = [&](const std::string& container) {
        return context.client.pause_container(container);
    };
    return report(for_each_name(names, pause_one, exit_code_of), context.json);
}

} // namespace redoubt::ctl
