// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/pull.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <format>
#include <utility>

#include "common/log/log.hpp"
#include "common/oci/image_config.hpp"
#include "common/oci/manifest.hpp"
#include "guest-image/image/disk_blob.hpp"
#include "guest-image/image/layer_keys.hpp"
#include "guest-image/image/layer_stream.hpp"
#include "guest-image/image/strand_turn.hpp"
#include "guest-image/image/unpack_layer.hpp"

namespace redoubt::guest::image {
namespace {

using oci::encryption::LayerDecryptor;

/// What the manifest that was asked for says, and what its config says.
struct CheckedImage {
    oci::Manifest manifest;
    oci::ImageConfig config;
};

Result<CheckedImage> check_image(const PullRequest& request, PullDisks& disks) {
    RDT_TRY(const auto manifest_json,
            read_document("manifest", std::move(disks.manifest), request.manifest_size,
                          oci::k_max_manifest_bytes, request.manifest_digest));
    RDT_TRY(auto manifest, oci::parse_manifest(manifest_json));
    RDT_TRY(const auto config_json, read_document("config", std::move(disks.config), manifest.config.size,
                                                  oci::k_max_config_bytes, manifest.config.digest));
    RDT_TRY(auto config, oci::parse_image_config(config_json));
    RDT_CHECK(oci::check_same_layers(manifest, config));
    if (manifest.layers.empty()) return fail(Code::invalid_argument, "it has no layers");
    if (manifest.layers.size() != disks.layers.size())
        return fail(Code::invalid_argument, "it has {} layers, and the host brings disks for {}",
                    manifest.layers.size(), disks.layers.size());
    return CheckedImage{std::move(manifest), std::move(config)};
}

/// A file without a name.
Result<UniqueFd> make_spool(int scratch) {
    constexpr const char* k_name = "blob";
    UniqueFd spool(::openat(scratch, k_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!spool || ::unlinkat(scratch, k_name, 0) != 0)
        return fail_errno(errno, "make a file on the scratch disk");
    return spool;
}

Result<UniqueFd> make_folder(int scratch, const std::string& name) {
    if (::mkdirat(scratch, name.c_str(), 0755) != 0) return fail_errno(errno, "make folder {}", name);
    UniqueFd folder(::openat(scratch, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return fail_errno(errno, "open folder {}", name);
    return folder;
}

/// One layer on its way from the host's disk into a folder.
struct LayerWork {
    oci::Descriptor layer;
    crypto::Digest diff_id;
    UniqueFd disk;
    std::optional<LayerDecryptor> decryptor;
    oci::LayerTarLimits limits;
};

Task<void> bring_layer(LayerWork work, int scratch, std::string folder) {
    if (work.layer.size > work.limits.max_bytes)
        co_return fail(Code::resource_exhausted, "{} bytes, at most {} are allowed", work.layer.size,
                       work.limits.max_bytes);
    RDT_CO_TRY(const auto spool, make_spool(scratch));
    RDT_CO_TRY(auto copy,
               LayerCopy::begin(work.layer, std::move(work.disk), spool.get(), std::move(work.decryptor)));
    for (;;) {
        RDT_CO_TRY(const bool is_complete, copy.step());
        if (is_complete) break;
        RDT_CO_CHECK(co_await let_others_run());
    }
    RDT_CO_TRY(auto target, make_folder(scratch, folder));
    auto unpacked = co_await unpack_layer(spool.get(), work.diff_id, std::move(target), work.limits);
    co_return unpacked.transform_error(context("unpack"));
}

Task<std::vector<std::string>> bring_layers(const PullRequest& request, PullDisks disks, int scratch,
                                            key_release::ResourceSource* resources, PullLimits limits) {
    RDT_CO_TRY(const auto image, check_image(request, disks));
    const auto count = image.manifest.layers.size();
    const auto layer_name = [&](std::size_t i) {
        return std::format("layer {} of {} ({})", i + 1, count, image.manifest.layers[i].digest.str());
    };
    // All keys before any layer: who may not have them hears of it soon.
    LayerKeys keys(resources);
    std::vector<std::optional<LayerDecryptor>> decryptors;
    for (std::size_t i = 0; i < count; ++i) {
        auto decryptor = co_await keys.decryptor_of(image.manifest.layers[i]);
        if (!decryptor) co_return std::unexpected(decryptor.error().within("key").within(layer_name(i)));
        decryptors.push_back(std::move(*decryptor));
    }
    std::vector<std::string> folders;
    for (std::size_t i = 0; i < count; ++i) {
        folders.push_back(std::format("layer-{}", i));
        LayerWork work{.layer = image.manifest.layers[i],
                       .diff_id = image.config.diff_ids[i],
                       .disk = std::move(disks.layers[i]),
                       .decryptor = std::move(decryptors[i]),
                       .limits = limits.layer};
        auto brought = co_await bring_layer(std::move(work), scratch, folders.back());
        if (!brought) co_return std::unexpected(brought.error().within(layer_name(i)));
        log::info("image layer unpacked", {{"IMAGE", request.reference}, {"LAYER", layer_name(i)}});
    }
    co_return folders;
}

} // namespace

Task<std::vector<std::string>> pull(PullRequest request, PullDisks disks, UniqueFd scratch,
                                    key_release::ResourceSource* resources, PullLimits limits) {
    auto folders = co_await bring_layers(request, std::move(disks), scratch.get(), resources, limits);
    co_return std::move(folders).transform_error(context("image {}", request.reference));
}

} // namespace redoubt::guest::image
