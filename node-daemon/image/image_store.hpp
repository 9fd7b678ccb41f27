// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/oci/image_config.hpp"
#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

struct StoredLayer {
    std::string digest;
    std::string diff_id;
    std::uint64_t size_bytes = 0; ///< of the blob it came as

    [[nodiscard]] bool operator==(const StoredLayer&) const = default;
};

/// An image of this node. Its layers are found by their diff ids.
struct StoredImage {
    /// "sha256:...": of the config; of an encrypted one the manifest's, as its config is that of the plain
    /// image, which is another one.
    std::string id;
    std::string manifest_digest; ///< of the manifest it last came with
    std::string config_digest;
    std::string manifest_json; ///< exact bytes
    std::string config_json;   ///< exact bytes
    oci::ImageConfig config;
    std::string platform;
    std::int64_t created_at = 0;               ///< nanoseconds since the epoch, from the config; 0: not said
    std::int64_t pulled_at = 0;                ///< nanoseconds since the epoch
    std::map<std::string, std::int64_t> names; ///< canonical reference, since when it means this image
    std::vector<StoredLayer> layers;           ///< lowest first
    /// Layers of it are encrypted: only a guest can read it, and it is kept as the blobs it came as. Follows
    /// from the manifest.
    bool is_encrypted = false;
    /// Of an encrypted one: a document for the guest (common/oci/signature/stored_signatures.hpp); empty:
    /// none.
    std::string signatures;
    std::string signatures_digest; ///< by which it is kept as a blob; empty: none
};

/// What remove() did.
struct RemovedNames {
    std::vector<std::string> untagged;
    std::vector<std::string> deleted; ///< image ids
    std::vector<std::string>
        unused_diff_ids; ///< converted layers that no image needs any more: the caller deletes them
    std::vector<std::string> unused_blobs; ///< the same for blobs that are kept for guests
};

/// The blobs of an encrypted image: manifest, config, layers and signatures.
[[nodiscard]] std::vector<std::string> list_blobs(const StoredImage& image);

/// as_named: a name takes itself away, and the image with its last name; an id wants the image to have one
/// name at most. whole: the image with all its names.
enum class RemoveExtent { as_named, whole };

/// The node's images as files, one an image: <directory>/<hex of the id>.json, each replaced in one step, so
/// that a crash leaves the old or the new. A name in two of them (a crash while it moved) means the newer.
/// Thread: main strand only. Blocking, but small.
class ImageStore {
  public:
    /// Reads what is there. A file that is broken is passed over and told by problems(). Errors: by errno.
    static Result<ImageStore> open(std::filesystem::path directory);

    /// One message for each file that could not be read, naming it.
    [[nodiscard]] const std::vector<Error>& problems() const { return problems_; }

    /// Keeps what a pull or import brought, once its layers are converted; its name moves here from another
    /// image. `now`: nanoseconds since the epoch. Errors: invalid_argument bad config; resource_exhausted no
    /// space.
    Result<StoredImage> add(const FetchedImage& image, std::int64_t now);

    /// By name ("host/app:1", "app": then localhost/app or any name that ends in /app), "name@sha256:...",
    /// id, or the beginning of an id. Errors: not_found with the remedy; invalid_argument when several images
    /// are meant.
    [[nodiscard]] Result<StoredImage> find(const std::string& image) const;
    [[nodiscard]] std::vector<StoredImage> list() const;
    /// True when an image needs the layer: it must not be deleted.
    [[nodiscard]] bool is_used(const std::string& diff_id) const;
    /// True when an encrypted image needs the blob: a layer, a manifest or a config.
    [[nodiscard]] bool is_blob_used(const std::string& digest) const;

    /// Gives an image one more name; it moves here from another image.
    Status tag(const std::string& image, const std::string& name, std::int64_t now);
    /// Errors: not_found; failed_precondition by id while it has several names, naming them.
    Result<RemovedNames> remove(const std::string& image, RemoveExtent extent);

  private:
    explicit ImageStore(std::filesystem::path directory) : directory_(std::move(directory)) {}

    void load(const std::filesystem::path& file);
    void settle_names();
    Status save(const StoredImage& image) const;
    Status move_name(StoredImage& image, const std::string& name, std::int64_t now);
    [[nodiscard]] std::filesystem::path file_of(const std::string& id) const;
    /// What find() means: the id, and the name when it was a name.
    struct Match {
        std::string id;
        std::string name;
    };
    [[nodiscard]] Result<Match> match(const std::string& image) const;
    [[nodiscard]] std::vector<Match> match_name(const std::string& image) const;
    [[nodiscard]] std::vector<Match> match_id(const std::string& image) const;

    std::filesystem::path directory_;
    std::map<std::string, StoredImage> images_; ///< by id
    std::vector<Error> problems_;
};

} // namespace redoubt::node::image
