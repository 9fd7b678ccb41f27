// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_making.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"

namespace redoubt::ctl {

Result<int> create(Context context, const CreateOptions& options) {
    RDT_TRY(const auto id, make_container(context, options.run));
    RDT_CHECK(print(context.json ? id_json(id) : id + "\n"));
    return 0;
}

} // namespace redoubt::ctl
