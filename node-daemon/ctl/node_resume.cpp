// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> node_resume(Context context, const NodeResumeOptions& /*options*/) {
    RDT_CHECK(context.client.resume_node());
    return 0;
}

} // namespace redoubt::ctl
