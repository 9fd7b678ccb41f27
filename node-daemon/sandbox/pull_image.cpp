// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/log/log.hpp"
#include "node-daemon/image/registry_puller.hpp"
#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/node_logins.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

image::PullOptions make_options(const NodeSettings& settings, PullRequest request) {
    image::PullOptions options;
    options.credentials = std::move(request.credentials);
    options.is_insecure = request.is_insecure;
    options.ca_certificates = std::move(request.ca_certificates);
    if (!request.platform.empty()) options.platform = std::move(request.platform);
    options.unqualified_search_registries = settings.unqualified_search_registries;
    options.insecure_registries = settings.insecure_registries;
    return options;
}

} // namespace

Task<ImageInfo> pull_image(Node& node, PullRequest request, ImageProgressFn progress) {
    const auto turn = co_await node.image_changes.lock();
    auto reference = request.reference;
    auto options = make_options(node.settings, std::move(request));
    if (!options.credentials) {
        RDT_CO_TRY(options.credentials, find_node_login(node.settings.auth_file, reference));
    }
    RDT_CO_TRY(auto fetched, co_await image::pull(reference, std::move(options), node.blob_directory(),
                                                  make_skip(node), make_fetch_progress(progress)));
    auto name = fetched.name;
    RDT_CO_TRY(auto image, co_await keep_image(node, std::move(fetched), std::move(progress)));
    publish_image(node, "pull", image.id, name);
    log::info("image pulled", {{"IMAGE", name}, {"IMAGE_ID", image.id}});
    co_return image;
}

} // namespace redoubt::node::sandbox
