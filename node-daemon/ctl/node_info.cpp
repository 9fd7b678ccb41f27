// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> node_info(Context context, const NodeInfoOptions& /*options*/) {
    RDT_TRY(const auto info, context.client.node_info());
    RDT_CHECK(print(context.json ? node_info_json(info) : render_node_info(info, unix_now())));
    return 0;
}

} // namespace redoubt::ctl
