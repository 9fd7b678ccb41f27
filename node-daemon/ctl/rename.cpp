// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

/// Silent, as podman's.
Result<int> rename(Context context, const RenameOptions& options) {
    RDT_CHECK(context.client.rename_container(options.container, options.name));
    if (context.json) RDT_CHECK(print(touched_containers_json({options.name})));
    return 0;
}

} // namespace redoubt::ctl
