// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> image_inspect(Context context, const ImageInspectOptions& options) {
    std::vector<pb::InspectImageResponse> found;
    const auto inspect_one = [&](const std::string& image) -> Status {
        RDT_TRY(auto details, context.client.inspect_image(image));
        found.push_back(std::move(details));
        return {};
    };
    const auto outcome = for_each_name(options.images, inspect_one, exit_code_of);
    RDT_CHECK(print(image_details_json(found)));
    return outcome.exit_code;
}

} // namespace redoubt::ctl
