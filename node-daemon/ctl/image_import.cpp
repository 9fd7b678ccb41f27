// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <filesystem>

#include "node-daemon/ctl/image_fetch.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {

Result<int> image_import(Context context, const ImageImportOptions& options) {
    pb::ImportImageRequest request;
    // The daemon has another working directory.
    std::error_code error;
    request.set_path(std::filesystem::absolute(options.path, error).string());
    if (error) return fail_errno(error.value(), "path {}", options.path);
    request.set_name(options.name);
    const auto style = progress_style(options.is_quiet ? Quiet::yes : Quiet::no);
    RDT_TRY(const auto image, import_with_progress(context.client, request, style));
    RDT_CHECK(print(context.json ? image_json(image) : image.id() + "\n"));
    return 0;
}

} // namespace redoubt::ctl
