// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/usage_table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> system_df(Context context, const SystemDfOptions& options) {
    RDT_TRY(const auto usage, context.client.disk_usage());
    if (context.json) {
        RDT_CHECK(print(disk_usage_json(usage)));
    } else {
        RDT_CHECK(
            print(options.verbose ? render_disk_usage_details(usage, unix_now()) : render_disk_usage(usage)));
    }
    return 0;
}

} // namespace redoubt::ctl
