// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> stop(Context context, const StopOptions& options) {
    const auto stop_one = [&](const std::string& container) {
        pb::StopContainerRequest request;
        request.set_container(container);
        if (options.timeout_seconds) request.set_timeout_seconds(*options.timeout_seconds);
        return context.client.stop_container(request);
    };
    return report(for_each_name(options.containers, stop_one, exit_code_of), context.json);
}

} // namespace redoubt::ctl
