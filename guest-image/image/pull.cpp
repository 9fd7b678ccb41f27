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

struct AuthorisedManifest {
    std::string json;
    crypto::Digest digest;
};

/// The manifest, once something that was measured has said that it may be this one.
Task<AuthorisedManifest> authorised_manifest(const PullRequest& request, PullDisks& disks,
                                             const PullTrust& trust) {
    RDT_CO_TRY(auto manifest, read_manifest(request, disks));
    RDT_CO_TRY(auto digest,
               crypto::digest_of(manifest, request.manifest_digest ? request.manifest_digest->algorithm()
                                                                   : crypto::HashAlgorithm::sha256));
    RDT_CO_TRY(auto signatures, read_signatures(request, disks));
    BroughtImage brought{request.reference, digest, std::move(signatures)};
    RDT_CO_CHECK(co_await trust.authority.authorise(std::move(brought), trust.resources));
    co_return AuthorisedManifest{std::move(manifest), std::move(digest)};
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
    std::string name; ///< for messages: "layer 1 of 2 (sha256:...)"
    oci::Descriptor layer;
    crypto::Digest diff_id;
    UniqueFd spool; ///< its blob, once it is copied
    std::optional<LayerDecryptor> decryptor;
};

/// Goes on with `work` until it says that all is done. Work: Result<bool> step().
template <class Work>
Task<void> run_to_end(Work work) {
    for (;;) {
        RDT_CO_TRY(const bool is_complete, work.step());
        if (is_complete) co_return Status{};
        RDT_CO_CHECK(co_await let_others_run());
    }
}

/// The blob, still encrypted, is on the scratch disk and has its digest.
Task<UniqueFd> copy_blob(oci::Descriptor layer, UniqueFd disk, int scratch, std::uint64_t most) {
    if (layer.size > most)
        co_return fail(Code::resource_exhausted, "{} bytes, at most {} are allowed", layer.size, most);
    RDT_CO_TRY(auto spool, make_spool(scratch));
    RDT_CO_TRY(auto copy, LayerCopy::begin(layer, std::move(disk), spool.get()));
    RDT_CO_CHECK(co_await run_to_end(std::move(copy)));
    co_return spool;
}

Task<std::vector<LayerWork>> copy_blobs(const CheckedImage& image, std::vector<UniqueFd> disks, int scratch,
                                        std::uint64_t most) {
    std::vector<LayerWork> work;
    const auto& layers = image.manifest.layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto name = std::format("layer {} of {} ({})", i + 1, layers.size(), layers[i].digest.str());
        auto spool = co_await copy_blob(layers[i], std::move(disks[i]), scratch, most);
        if (!spool) co_return std::unexpected(spool.error().within(name));
        work.push_back({.name = std::move(name),
                        .layer = layers[i],
                        .diff_id = image.config.diff_ids[i],
                        .spool = std::move(*spool),
                        .decryptor = {}});
    }
    co_return work;
}

Task<void> fetch_keys(std::vector<LayerWork>& work, key_release::ResourceSource* resources) {
    LayerKeys keys(resources);
    for (auto& each : work) {
        auto decryptor = co_await keys.decryptor_of(each.layer);
        if (!decryptor) co_return std::unexpected(decryptor.error().within("key").within(each.name));
        each.decryptor = std::move(*decryptor);
    }
    co_return Status{};
}

/// The blob goes with `work`.
Task<void> unpack_blob(LayerWork work, int scratch, std::string folder, oci::LayerTarLimits limits) {
    if (work.decryptor) {
        LayerDecryption decryption(work.spool.get(), std::move(*work.decryptor));
        const auto decrypted = co_await run_to_end(std::move(decryption));
        if (!decrypted) co_return std::unexpected(decrypted.error().within("decrypt"));
    }
    RDT_CO_TRY(auto target, make_folder(scratch, folder));
    auto unpacked = co_await unpack_layer(work.spool.get(), work.diff_id, std::move(target), limits);
    co_return unpacked.transform_error(context("unpack"));
}

Task<std::vector<std::string>> bring_layers(const PullRequest& request, PullDisks disks, int scratch,
                                            const PullTrust& trust, PullLimits limits) {
    RDT_CO_TRY(const auto manifest, co_await authorised_manifest(request, disks, trust));
    RDT_CO_TRY(const auto image, check_image(manifest.json, disks));
    // All blobs before any key: for an image that somebody has changed no key leaves the broker.
    RDT_CO_TRY(auto work,
               co_await copy_blobs(image, std::move(disks.layers), scratch, limits.layer.max_bytes));
    // What is attested for the keys names the image already.
    if (trust.note) RDT_CO_CHECK(co_await trust.note(request.reference, manifest.digest));
    RDT_CO_CHECK(co_await fetch_keys(work, trust.resources));
    std::vector<std::string> folders;
    for (auto& each : work) {
        const auto name = each.name;
        folders.push_back(std::format("layer-{}", folders.size()));
        auto brought = co_await unpack_blob(std::move(each), scratch, folders.back(), limits.layer);
        if (!brought) co_return std::unexpected(brought.error().within(name));
        log::info("image layer unpacked", {{"IMAGE", request.reference}, {"LAYER", name}});
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
