// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> kill(Context context, const KillOptions& options) {
    const auto kill_one = [&](const std::string& container) {
        return context.client.kill_container(container, options.signal);
    };
    return report(for_each_name(options.containers, kill_one, exit_code_of), context.json);
}

} // namespace redoubt::ctl
