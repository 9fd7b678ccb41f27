// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "node-daemon/ctl/container_filter.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> ps(Context context, const PsOptions& options) {
    // A filter for a state looks at all containers, as podman's does.
    const bool wants_state = std::ranges::any_of(
        options.filters, [](const auto& filter) { return filter.starts_with("status="); });
    RDT_TRY(const auto all, context.client.list_containers(options.all || wants_state));
    RDT_TRY(const auto chosen, filter_containers(all, options.filters));
    const auto truncate = options.no_trunc ? Truncate::no : Truncate::yes;
    std::string text;
    if (context.json) {
        text = containers_json(chosen);
    } else if (options.is_quiet) {
        for (const auto& container : chosen)
            text += (options.no_trunc ? container.id() : short_id(container.id())) + "\n";
    } else {
        text = render_containers(chosen, unix_now(), truncate);
    }
    RDT_CHECK(print(text));
    return 0;
}

} // namespace redoubt::ctl
