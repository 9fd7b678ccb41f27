// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/config/quantity.hpp"
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> update(Context context, const UpdateOptions& options) {
    pb::UpdateContainerRequest request;
    request.set_container(options.container);
    if (!options.memory.empty()) {
        RDT_TRY(const auto bytes,
                config::parse_size(options.memory).transform_error(redoubt::context("--memory")));
        request.set_memory_bytes(bytes);
    }
    if (options.cpus) request.set_cpus(*options.cpus);
    const auto update_one = [&](const std::string&) { return context.client.update_container(request); };
    return report(for_each_name({options.container}, update_one, exit_code_of), context.json);
}

} // namespace redoubt::ctl
