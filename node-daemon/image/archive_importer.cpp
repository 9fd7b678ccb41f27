// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/archive_importer.hpp"

#include <memory>
#include <vector>

#include "node-daemon/image/blob_file.hpp"
#include "node-daemon/image/import_plan.hpp"

namespace redoubt::node::image {
namespace {

/// An archive that was opened and the image chosen from it.
struct OpenedArchive {
    ArchiveFiles files;
    ImportPlan plan;
};

Result<std::unique_ptr<OpenedArchive>> open_and_plan(const std::filesystem::path& path,
                                                     const std::filesystem::path& scratch,
                                                     const ImportWish& wish) {
    RDT_TRY(auto files, ArchiveFiles::open(path, scratch));
    RDT_TRY(auto plan, make_import_plan(files, wish));
    return std::make_unique<OpenedArchive>(std::move(files), std::move(plan));
}

/// Puts the layer number `index` among the blobs. One file may be two layers: then the first took it away.
Result<std::filesystem::path> place_layer(const OpenedArchive& archive, std::size_t index,
                                          const std::filesystem::path& blob_directory) {
    const auto& layer = archive.plan.image.manifest.layers[index];
    auto target = blob_path(blob_directory, layer.digest);
    for (std::size_t i = 0; i < index; ++i) {
        std::error_code ignored;
        const bool is_same = archive.plan.image.manifest.layers[i].digest == layer.digest;
        if (is_same && std::filesystem::exists(target, ignored)) return target;
    }
    RDT_CHECK(archive.files.place(archive.plan.layer_files[index], layer.digest, target));
    return target;
}

/// The blobs of an import, deleted again unless it is kept.
class PlacedBlobs {
  public:
    PlacedBlobs() = default;
    ~PlacedBlobs() {
        std::error_code ignored;
        for (const auto& path : paths_) std::filesystem::remove(path, ignored);
    }
    PlacedBlobs(const PlacedBlobs&) = delete;
    PlacedBlobs& operator=(const PlacedBlobs&) = delete;

    void add(std::filesystem::path path) { paths_.push_back(std::move(path)); }
    void keep() { paths_.clear(); }

  private:
    std::vector<std::filesystem::path> paths_;
};

Task<FetchedImage> import_checked(std::filesystem::path path, ImportWish wish,
                                  std::filesystem::path blob_directory, asio::thread_pool& pool,
                                  const SkipFn& skip, const ProgressFn& progress) {
    RDT_CO_TRY(auto archive, co_await offload(pool, [path, blob_directory, wish] {
                   return open_and_plan(path, blob_directory, wish);
               }));
    auto layers = list_layers(archive->plan.image);
    PlacedBlobs placed;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto& layer = layers[i];
        const auto report = [&](LayerPhase phase, std::uint64_t done) {
            if (progress) progress({layer.digest, phase, done, layer.size_bytes});
        };
        if (skip && skip(layer)) {
            report(LayerPhase::exists, layer.size_bytes);
            continue;
        }
        report(LayerPhase::downloading, 0);
        RDT_CO_TRY(layer.blob, co_await offload(pool, [&opened = *archive, i, blob_directory] {
                       return place_layer(opened, i, blob_directory);
                   }));
        placed.add(layer.blob);
        report(LayerPhase::done, layer.size_bytes);
    }
    placed.keep();
    auto name = archive->plan.name;
    auto fetched =
        make_fetched_image(std::move(name), std::move(archive->plan.image), wish.platform, std::move(layers));
    fetched.signatures = std::move(archive->plan.signatures);
    co_return fetched;
}

} // namespace

Task<FetchedImage> import_archive(std::filesystem::path path, std::string name, std::string platform,
                                  std::filesystem::path blob_directory, asio::thread_pool& pool, SkipFn skip,
                                  ProgressFn progress) {
    RDT_CO_TRY(const auto wanted, oci::parse_platform(platform));
    auto fetched = co_await import_checked(path, {name, wanted}, blob_directory, pool, skip, progress);
    if (!fetched) co_return std::unexpected(fetched.error().within("import " + path.native()));
    co_return fetched;
}

} // namespace redoubt::node::image
