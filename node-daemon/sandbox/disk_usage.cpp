// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <filesystem>
#include <map>
#include <system_error>

#include "node-daemon/image/image_store.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/layer_store.hpp"

namespace redoubt::node::sandbox {
namespace {

/// Of the plain files in a folder; what goes away meanwhile counts nothing. Blocks.
std::uint64_t bytes_in(const std::filesystem::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        const auto size = entry->is_regular_file(gone) ? entry->file_size(gone) : 0;
        if (!gone) bytes += size;
    }
    return bytes;
}

/// Of one layer.
struct LayerUse {
    std::uint64_t bytes = 0;
    int images = 0;
    bool is_in_use = false; ///< by a container
};

void add_images(const Node& node, DiskUsage& usage) {
    const auto images = node.images.list();
    std::map<std::string, std::uint32_t> users; // of an image
    for (const auto& [id, container] : node.containers) ++users[container->record.image_id];
    std::map<std::string, LayerUse> layers;
    for (const auto& image : images) {
        for (const auto& layer : image.layers) {
            auto& use = layers[layer.diff_id];
            if (const auto disk = node.layers.find(layer.diff_id)) use.bytes = disk->size_bytes;
            ++use.images;
            use.is_in_use |= users.contains(image.id);
        }
    }
    for (const auto& image : images) {
        ImageDiskUsage one{.id = image.id, .names = {}, .created_at = image.created_at};
        for (const auto& [name, since] : image.names) one.names.push_back(name);
        for (const auto& layer : image.layers) {
            const auto& use = layers[layer.diff_id];
            one.size_bytes += use.bytes;
            if (use.images > 1) one.shared_bytes += use.bytes;
        }
        if (const auto user = users.find(image.id); user != users.end()) one.containers = user->second;
        usage.images.push_back(std::move(one));
    }
    for (const auto& [diff_id, use] : layers) {
        usage.image_bytes += use.bytes;
        if (!use.is_in_use) usage.reclaimable_image_bytes += use.bytes;
    }
}

} // namespace

Task<DiskUsage> disk_usage(Node& node) {
    DiskUsage usage;
    add_images(node, usage);
    std::vector<std::filesystem::path> folders;
    for (const auto& [id, container] : node.containers) {
        const auto summary = summarize(node, *container);
        usage.containers.push_back({.id = id,
                                    .name = summary.name,
                                    .image = summary.image,
                                    .state = summary.state,
                                    .created_at = summary.created_at});
        folders.push_back(node.container_directory(id));
    }
    const auto sizes = co_await offload(node.pool, [folders = std::move(folders)] {
        std::vector<std::uint64_t> bytes;
        for (const auto& folder : folders) bytes.push_back(bytes_in(folder));
        return bytes;
    });
    for (std::size_t i = 0; i < sizes.size(); ++i) usage.containers[i].size_bytes = sizes[i];
    co_return usage;
}

} // namespace redoubt::node::sandbox
