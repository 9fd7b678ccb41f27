// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/image_use.hpp"

#include <algorithm>
#include <system_error>

#include "common/crypto/digest.hpp"
#include "common/log/log.hpp"
#include "node-daemon/storage/blob_store.hpp"
#include "node-daemon/storage/layer_store.hpp"

namespace redoubt::node::sandbox {
namespace {

LayerStep step_of(image::LayerPhase phase) {
    switch (phase) {
    case image::LayerPhase::waiting: return LayerStep::waiting;
    case image::LayerPhase::downloading: return LayerStep::downloading;
    case image::LayerPhase::done: return LayerStep::converting; // fetched, not yet of use
    case image::LayerPhase::exists: return LayerStep::exists;
    }
    return LayerStep::waiting;
}

/// An encrypted image's blob is of no use here but to be handed to a guest.
Task<void> keep_blob(Node& node, const image::FetchedLayer& layer) {
    co_return co_await offload(node.pool, [&node, &layer]() -> Status {
        const storage::BlobStore blobs(node.guest_blob_directory());
        if (blobs.find(layer.digest, layer.size_bytes)) return {}; // an image may have a layer twice
        return blobs.keep(layer.digest, layer.blob);
    });
}

Task<void> convert_layer(Node& node, image::FetchedLayer layer, ImageProgressFn progress) {
    if (layer.blob.empty()) {
        progress({layer.digest, LayerStep::exists, layer.size_bytes, layer.size_bytes});
        co_return Status{};
    }
    if (layer.is_for_guest) {
        RDT_CO_CHECK(co_await keep_blob(node, layer));
        progress({layer.digest, LayerStep::done, layer.size_bytes, layer.size_bytes});
        co_return Status{};
    }
    auto converted = [progress, digest = layer.digest, total = layer.size_bytes](std::uint64_t done) {
        progress({digest, LayerStep::converting, done, total});
    };
    storage::LayerSource source;
    source.blob = layer.blob;
    source.diff_id = layer.diff_id;
    RDT_CO_CHECK(co_await node.layers.convert(std::move(source), std::move(converted)));
    progress({layer.digest, LayerStep::done, layer.size_bytes, layer.size_bytes});
    co_return Status{};
}

/// Layers that a failed pull converted and that no image needs. `layers`: those it was to bring.
asio::awaitable<void> remove_unused_layers(Node& node, std::vector<image::FetchedLayer> layers) {
    for (const auto& layer : layers) {
        if (node.images.is_used(layer.diff_id)) continue;
        if (const auto removed = node.layers.remove(layer.diff_id); !removed)
            log::warning("remove layer: " + removed.error().message);
    }
    remove_stray_blobs(node);
    co_return;
}

asio::awaitable<void> remove_blobs(Node& node, std::vector<image::FetchedLayer> layers) {
    co_await offload(node.pool, [&layers] {
        for (const auto& layer : layers) {
            std::error_code ignored; // a blob that stays is used, or replaced, by the next pull
            if (!layer.blob.empty()) std::filesystem::remove(layer.blob, ignored);
        }
        return true;
    });
}

Task<image::StoredImage> convert_and_add(Node& node, const image::FetchedImage& fetched,
                                         ImageProgressFn progress) {
    for (const auto& layer : fetched.layers) RDT_CO_CHECK(co_await convert_layer(node, layer, progress));
    if (std::ranges::any_of(fetched.layers, &image::FetchedLayer::is_for_guest)) {
        const storage::BlobStore blobs(node.guest_blob_directory());
        RDT_CO_CHECK(blobs.keep_bytes(fetched.manifest_digest, fetched.manifest_json));
        RDT_CO_CHECK(blobs.keep_bytes(fetched.config_digest, fetched.config_json));
        if (!fetched.signatures.empty()) {
            RDT_CO_TRY(const auto digest, crypto::digest_of(fetched.signatures));
            RDT_CO_CHECK(blobs.keep_bytes(digest.str(), fetched.signatures));
        }
    }
    co_return node.images.add(fetched, unix_now());
}

} // namespace

image::SkipFn make_skip(Node& node) {
    return [&node](const image::FetchedLayer& layer) {
        if (!layer.is_for_guest) return node.layers.find(layer.diff_id).has_value();
        const storage::BlobStore blobs(node.guest_blob_directory());
        return blobs.find(layer.digest, layer.size_bytes).has_value();
    };
}

void remove_guest_blobs(const Node& node, const std::vector<std::string>& digests) {
    const storage::BlobStore blobs(node.guest_blob_directory());
    for (const auto& digest : digests)
        if (const auto removed = blobs.remove(digest); !removed) log::warning(removed.error().message);
}

void remove_stray_blobs(const Node& node) {
    auto strays = storage::BlobStore(node.guest_blob_directory()).list();
    std::erase_if(strays, [&node](const auto& digest) { return node.images.is_blob_used(digest); });
    remove_guest_blobs(node, strays);
}

image::ProgressFn make_fetch_progress(ImageProgressFn progress) {
    return [progress = std::move(progress)](const image::LayerProgress& layer) {
        progress({layer.digest, step_of(layer.phase), layer.done_bytes, layer.total_bytes});
    };
}

Task<ImageInfo> keep_image(Node& node, image::FetchedImage fetched, ImageProgressFn progress) {
    auto added = co_await convert_and_add(node, fetched, std::move(progress));
    if (!added) co_await remove_unused_layers(node, fetched.layers);
    co_await remove_blobs(node, fetched.layers);
    if (!added) co_return std::unexpected(std::move(added).error());
    co_return describe_image(node, *added);
}

ImageInfo describe_image(const Node& node, const image::StoredImage& image) {
    ImageInfo info;
    info.id = image.id;
    info.manifest_digest = image.manifest_digest;
    for (const auto& [name, since] : image.names) info.names.push_back(name);
    info.is_encrypted = image.is_encrypted;
    for (const auto& layer : image.layers) {
        if (image.is_encrypted)
            info.size_bytes += layer.size_bytes;
        else if (const auto disk = node.layers.find(layer.diff_id))
            info.size_bytes += disk->size_bytes;
    }
    info.created_at = image.created_at;
    info.pulled_at = image.pulled_at;
    info.platform = image.platform;
    return info;
}

void publish_image(Node& node, std::string action, std::string id, std::string name) {
    NodeEvent event;
    event.type = "image";
    event.action = std::move(action);
    event.id = std::move(id);
    event.name = std::move(name);
    node.events.publish(std::move(event));
}

} // namespace redoubt::node::sandbox
