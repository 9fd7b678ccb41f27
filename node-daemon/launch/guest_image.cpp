// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/guest_image.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <format>

namespace redoubt::node::launch {
namespace {

std::string address_of(std::uint32_t target, std::size_t lun) {
    return std::format("{}:{}", target, lun);
}

} // namespace

Status check_guest_image(const GuestImage& image) {
    const auto count = image.layers.size();
    if (count > 0 && count <= k_max_blob_layers) return {};
    return fail(Code::invalid_argument, "image {}: {} layers, a guest takes 1 to {} that are encrypted",
                image.reference, count, k_max_blob_layers);
}

std::vector<DiskSpec> guest_image_disks(const GuestImage& image, const std::string& prefix,
                                        std::uint32_t target) {
    std::vector<DiskSpec> disks;
    const auto add = [&](std::string name, const BlobDisk& blob) {
        disks.push_back({.id = prefix + std::move(name),
                         .file = blob.file,
                         .read_only = true,
                         .lun = static_cast<std::uint32_t>(disks.size()),
                         .target = target});
    };
    for (std::size_t i = 0; i < image.layers.size(); ++i) add(std::format("blob-{}", i), image.layers[i]);
    add("manifest", image.manifest);
    add("config", image.config);
    if (image.signatures) add("signatures", *image.signatures);
    return disks;
}

DiskSpec guest_scratch_disk(const GuestImage& image, const std::string& prefix, std::uint32_t target) {
    return {.id = prefix + "scratch",
            .file = image.scratch,
            .read_only = false,
            .lun = k_scratch_lun,
            .target = target};
}

GuestStorage guest_image_storage(const GuestImage& image, std::uint32_t target, const std::string& folder) {
    boost::json::array layers;
    for (std::size_t i = 0; i < image.layers.size(); ++i) layers.emplace_back(address_of(target, i));
    const auto count = image.layers.size();
    boost::json::object disks{{"manifest", address_of(target, count)},
                              {"manifest_size", image.manifest.size_bytes},
                              {"config", address_of(target, count + 1)},
                              {"layers", std::move(layers)},
                              {"scratch", address_of(target, k_scratch_lun)}};
    if (image.signatures) {
        disks["signatures"] = address_of(target, count + 2);
        disks["signatures_size"] = image.signatures->size_bytes;
    }
    const boost::json::object asked{
        {"metadata", boost::json::object{{"io.kubernetes.cri.container-type", "container"}}},
        {"disks", std::move(disks)}};
    return {.driver = "image_guest_pull",
            .driver_options = {"image_guest_pull=" + boost::json::serialize(asked)},
            .source = image.reference,
            .fstype = "overlay",
            .options = {},
            .mount_point = folder + "/rootfs"};
}

} // namespace redoubt::node::launch
