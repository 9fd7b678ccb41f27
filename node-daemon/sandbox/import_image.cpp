// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/log/log.hpp"
#include "node-daemon/image/archive_importer.hpp"
#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {

Task<ImageInfo> import_image(Node& node, std::string path, std::string name, ImageProgressFn progress) {
    const auto turn = co_await node.image_changes.lock();
    auto importing =
        image::import_archive(path, std::move(name), image::PullOptions().platform, node.blob_directory(),
                              node.pool, make_skip(node), make_fetch_progress(progress));
    RDT_CO_TRY(auto fetched, co_await std::move(importing));
    auto kept_name = fetched.name;
    RDT_CO_TRY(auto image, co_await keep_image(node, std::move(fetched), std::move(progress)));
    publish_image(node, "import", image.id, kept_name);
    log::info("image imported", {{"IMAGE", kept_name}, {"IMAGE_ID", image.id}, {"PATH", path}});
    co_return image;
}

} // namespace redoubt::node::sandbox
