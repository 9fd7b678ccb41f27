// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/each_container.hpp"
#include "node-daemon/ctl/exit_code.hpp"
#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/output.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

/// podman-rmi(1): 1 for an image that is not there, 2 for one that is in use.
int code_of(const Error& error) {
    if (error.code == Code::not_found) return 1;
    return error.code == Code::failed_precondition ? 2 : k_exit_failed;
}

} // namespace

Result<int> image_rm(Context context, const ImageRmOptions& options) {
    std::vector<pb::RemoveImageResponse> removed;
    const auto remove_one = [&](const std::string& image) -> Status {
        RDT_TRY(auto response, context.client.remove_image(image, options.force));
        removed.push_back(std::move(response));
        return {};
    };
    const auto outcome = for_each_name(options.images, remove_one, code_of);
    std::string text;
    for (const auto& image : removed) {
        for (const auto& name : image.untagged()) text += "Untagged: " + name + "\n";
        for (const auto& id : image.deleted()) text += "Deleted: " + id + "\n";
    }
    RDT_CHECK(print(context.json ? removed_images_json(removed) : text));
    return outcome.exit_code;
}

} // namespace redoubt::ctl
