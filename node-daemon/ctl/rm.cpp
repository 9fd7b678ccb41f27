// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

/// podman-rm(1): 1 for a container that is not there, 2 for one that runs.
int code_of(const Error& error) {
    if (error.code == Code::not_found) return 1;
    return error.code == Code::failed_precondition ? 2 : k_exit_failed;
}

} // namespace

Result<int> rm(Context context, const RmOptions& options) {
    const auto remove_one = [&](const std::string& container) -> Status {
        auto status = context.client.remove_container(container, options.force, options.volumes);
        if (!status && options.force && status.error().code == Code::not_found) return {};
        return status;
    };
    return report(for_each_name(options.containers, remove_one, code_of), context.json);
}

} // namespace redoubt::ctl
