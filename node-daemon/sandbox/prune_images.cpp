// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/blob_store.hpp"
#include "node-daemon/storage/layer_store.hpp"

namespace redoubt::node::sandbox {
namespace {

bool is_used(const Node& node, const image::StoredImage& image) {
    return std::ranges::any_of(
        node.containers, [&image](const auto& entry) { return entry.second->record.image_id == image.id; });
}

/// The bytes it gave back.
std::uint64_t remove_layer(Node& node, const std::string& diff_id) {
    const auto disk = node.layers.find(diff_id);
    if (const auto gone = node.layers.remove(diff_id); !gone) {
        log::warning("remove layer: " + gone.error().message);
        return 0;
    }
    return disk ? disk->size_bytes : 0;
}

} // namespace

Task<PrunedImages> prune_images(Node& node, PruneScope scope) {
    const auto turn = co_await node.image_changes.lock();
    PrunedImages pruned;
    for (const auto& image : node.images.list()) {
        const bool is_wanted = scope == PruneScope::unused || image.names.empty();
        if (!is_wanted || is_used(node, image)) continue;
        RDT_CO_TRY(const auto removed, node.images.remove(image.id, image::RemoveExtent::whole));
        for (const auto& diff_id : removed.unused_diff_ids)
            pruned.reclaimed_bytes += remove_layer(node, diff_id);
        const storage::BlobStore blobs(node.guest_blob_directory());
        for (const auto& digest : removed.unused_blobs) pruned.reclaimed_bytes += blobs.size_of(digest);
        remove_guest_blobs(node, removed.unused_blobs);
        PrunedImage gone{.id = image.id, .names = {}};
        for (const auto& [name, since] : image.names) gone.names.push_back(name);
        publish_image(node, "prune", image.id, gone.names.empty() ? "" : gone.names.front());
        pruned.images.push_back(std::move(gone));
    }
    co_return pruned;
}

} // namespace redoubt::node::sandbox
