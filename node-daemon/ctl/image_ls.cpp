// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/table.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> image_ls(Context context, const ImageLsOptions& options) {
    RDT_TRY(const auto images, context.client.list_images());
    std::string text;
    if (context.json) {
        text = images_json(images);
    } else if (options.is_quiet) {
        for (const auto& image : images.images())
            text += (options.no_trunc ? image.id() : short_id(image.id())) + "\n";
    } else {
        text = render_images(images, unix_now(), options.no_trunc ? Truncate::no : Truncate::yes);
    }
    RDT_CHECK(print(text));
    return 0;
}

} // namespace redoubt::ctl
