// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> node_drain(Context context, const NodeDrainOptions& options) {
    RDT_CHECK(context.client.drain_node(options.timeout_seconds));
    return 0;
}

} // namespace redoubt::ctl
