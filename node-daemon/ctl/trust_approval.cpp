// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_call.hpp"

namespace redoubt::ctl {

Result<int> trust_approval_ls(TrustCall call) {
    RDT_TRY(const auto document, call.client.get("/redoubt/v1/approvals"));
    return show(call, view_approvals(document.root()));
}

Result<int> trust_approval_decide(TrustCall call, const ApprovalDecideOptions& options) {
    return change_each(call, options.ids, [&](const std::string& id) -> Result<TrustChange> {
        RDT_CHECK(check_path_name(id));
        return call.client.change(options.approve ? "POST" : "DELETE", "/redoubt/v1/approval/" + id, {},
                                  "approval/" + id);
    });
}

} // namespace redoubt::ctl
