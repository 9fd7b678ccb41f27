// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/log/log.hpp"
#include "node-daemon/sandbox/image_use.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/layer_store.hpp"

namespace redoubt::node::sandbox {
namespace {

Status check_unused(const Node& node, const image::StoredImage& image, const std::string& wanted) {
    for (const auto& [id, container] : node.containers)
        if (container->record.image_id == image.id)
            return fail(Code::failed_precondition,
                        "image '{}' is used by container '{}': remove that first, or use force", wanted,
                        container->record.name);
    return {};
}

} // namespace

Task<RemovedImage> remove_image(Node& node, std::string image, RemoveImageMode mode) {
    const auto turn = co_await node.image_changes.lock();
    RDT_CO_TRY(const auto found, node.images.find(image));
    const bool forced = mode == RemoveImageMode::force;
    // Taking one of several names away takes nothing from a container.
    if (!forced && found.names.size() <= 1) RDT_CO_CHECK(check_unused(node, found, image));
    RDT_CO_TRY(auto removed, node.images.remove(image, forced ? image::RemoveExtent::whole
                                                              : image::RemoveExtent::as_named));
    for (const auto& diff_id : removed.unused_diff_ids)
        if (const auto gone = node.layers.remove(diff_id); !gone)
            log::warning("remove layer: " + gone.error().message);
    remove_guest_blobs(node, removed.unused_blobs);
    for (const auto& id : removed.deleted) publish_image(node, "delete", id, image);
    RemovedImage result;
    result.untagged = std::move(removed.untagged);
    result.deleted = std::move(removed.deleted);
    co_return result;
}

} // namespace redoubt::node::sandbox
