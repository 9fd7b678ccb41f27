// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/layer_store.hpp"

namespace redoubt::node::sandbox {

Task<std::vector<ImageInfo>> list_images(Node& node) {
    std::vector<ImageInfo> images;
    for (const auto& image : node.images.list()) images.push_back(describe_image(node, image));
    std::ranges::sort(images, std::ranges::greater(), &ImageInfo::pulled_at);
    co_return images;
}

Task<ImageDetails> inspect_image(Node& node, std::string image) {
    RDT_CO_TRY(const auto found, node.images.find(image));
    ImageDetails details;
    details.image = describe_image(node, found);
    details.config_json = found.config_json;
    for (const auto& layer : found.layers) {
        ImageLayerInfo info;
        info.digest = layer.digest;
        info.diff_id = layer.diff_id;
        if (found.is_encrypted) {
            info.size_bytes = layer.size_bytes;
        } else if (const auto disk = node.layers.find(layer.diff_id)) {
            info.size_bytes = disk->size_bytes;
            info.conversion = "redoubt-erofs-1";
            info.root_hash = disk->root_hash;
            info.salt = disk->salt;
            info.data_blocks = disk->data_blocks;
        }
        details.layers.push_back(std::move(info));
    }
    co_return details;
}

} // namespace redoubt::node::sandbox
