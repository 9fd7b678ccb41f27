// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/process_table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> top(Context context, const TopOptions& options) {
    // A column that is not known is said before the daemon is asked.
    RDT_CHECK(render_processes({}, options.columns));
    RDT_TRY(const auto processes, context.client.top_container(options.container));
    RDT_TRY(const auto text, render_processes(processes, options.columns));
    RDT_CHECK(print(context.json ? processes_json(processes) : text));
    return 0;
}

} // namespace redoubt::ctl
