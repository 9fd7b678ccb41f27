// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> node_check(Context context, const NodeCheckOptions& /*options*/) {
    RDT_TRY(const auto response, context.client.check_node());
    RDT_CHECK(print(context.json ? checks_json(response) : render_checks(response)));
    const bool has_failed = std::ranges::any_of(
        response.checks(), [](const auto& check) { return check.verdict() == pb::CheckResult::FAILED; });
    return has_failed ? 1 : 0;
}

} // namespace redoubt::ctl
