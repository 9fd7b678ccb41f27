// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/container_spec.hpp"
#include "node-daemon/ctl/image_fetch.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> image_pull(Context context, const ImagePullOptions& options) {
    RDT_TRY(const auto request, make_pull_request(options.reference, options.registry));
    const auto style = progress_style(options.registry.is_quiet ? Quiet::yes : Quiet::no);
    RDT_TRY(const auto image, pull_with_progress(context.client, request, style));
    RDT_CHECK(print(context.json ? image_json(image) : image.id() + "\n"));
    return 0;
}

} // namespace redoubt::ctl
