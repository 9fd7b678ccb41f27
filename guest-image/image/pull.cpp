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

/// The manifest's bytes; those of the reference's digest where it names one.
Result<std::string> read_manifest(const PullRequest& request, PullDisks& disks) {
    constexpr auto k_most = oci::k_max_manifest_bytes;
    if (request.manifest_digest)
        return read_document("manifest", std::move(disks.manifest), request.manifest_size, k_most,
                             *request.manifest_digest);
    return read_unchecked("manifest", std::move(disks.manifest), request.manifest_size, k_most);
}

Result<std::vector<oci::signature::StoredSignature>> read_signatures(const PullRequest& request,
                                                                     PullDisks& disks) {
    if (request.signatures_disk.empty()) return std::vector<oci::signature::StoredSignature>();
    RDT_TRY(const auto document,
            read_unchecked("signatures", std::move(disks.signatures), request.signatures_size,
                           oci::signature::k_max_signatures_bytes));
    return oci::signature::parse_signatures(document);
}

/// The manifest, once something that was measured has said that it may be this one.
Task<std::string> authorised_manifest(const PullRequest& request, PullDisks& disks, const PullTrust& trust) {
    RDT_CO_TRY(auto manifest, read_manifest(request, disks));
    RDT_CO_TRY(auto digest,
               crypto::digest_of(manifest, request.manifest_digest ? request.manifest_digest->algorithm()
                                                                   : crypto::HashAlgorithm::sha256));
    RDT_CO_TRY(auto signatures, read_signatures(request, disks));
    BroughtImage brought{request.reference, std::move(digest), std::move(signatures)};
    RDT_CO_CHECK(co_await trust.authority.authorise(std::move(brought), trust.resources));
    co_return manifest;
}

Result<CheckedImage> check_image(const std::string& manifest_json, PullDisks& disks) {
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
                                            const PullTrust& trust, PullLimits limits) {
    RDT_CO_TRY(const auto manifest, co_await authorised_manifest(request, disks, trust));
    RDT_CO_TRY(const auto image, check_image(manifest, disks));
    const auto count = image.manifest.layers.size();
    const auto layer_name = [&](std::size_t i) {
        return std::format("layer {} of {} ({})", i + 1, count, image.manifest.layers[i].digest.str());
    };
    // All keys before any layer: who may not have them hears of it soon.
    LayerKeys keys(trust.resources);
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

Task<std::vector<std::string>> pull(PullRequest request, PullDisks disks, UniqueFd scratch, PullTrust trust,
                                    PullLimits limits) {
    auto folders = co_await bring_layers(request, std::move(disks), scratch.get(), trust, limits);
    co_return std::move(folders).transform_error(context("image {}", request.reference));
}

} // namespace redoubt::guest::image
