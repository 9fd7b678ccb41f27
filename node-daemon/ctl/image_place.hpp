// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Images as files: a folder that is an OCI layout, or a tar of one, named as podman and skopeo name them.
/// Source: OCI image-spec 1.1, image-layout.md; containers-transports(5).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.hpp"
#include "common/oci/manifest.hpp"

namespace redoubt::ctl {

/// "oci:FOLDER[:TAG]", "oci-archive:FILE[:TAG]", or a path alone: a folder is a layout, a file an archive.
struct ImagePlace {
    enum class Kind : std::uint8_t { layout, archive };
    Kind kind = Kind::layout;
    std::filesystem::path path;
    std::string tag; ///< the image's org.opencontainers.image.ref.name; empty: the only one
};

/// Errors: invalid_argument naming the word; unimplemented other transports.
[[nodiscard]] Result<ImagePlace> parse_image_place(std::string_view word);

/// A new folder, which goes with this value unless it is kept.
class WorkFolder {
  public:
    /// Beside `place`, so that it can be renamed to it.
    [[nodiscard]] static Result<WorkFolder> make_beside(const std::filesystem::path& place);
    WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    WorkFolder& operator=(WorkFolder&&) = delete;
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    ~WorkFolder();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Gives it a lasting name. Errors: by errno.
    Status keep_as(const std::filesystem::path& place);

  private:
    explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// One image of a layout, checked by its digests.
struct LayoutImage {
    oci::Descriptor descriptor; ///< as the index has it
    std::string tag;            ///< by which the layout's index names it; may be empty
    std::string manifest_json;
    oci::Manifest manifest;
    std::string config_json;
};

/// A layout that is read.
class LayoutReader {
  public:
    /// An archive is unpacked first, beside `scratch`. Errors: not_found; invalid_argument not a layout.
    [[nodiscard]] static Result<LayoutReader> open(const ImagePlace& place,
                                                   const std::filesystem::path& scratch);

    /// The image that `place` means; of several platforms that one. Errors: not_found; invalid_argument
    /// several are meant, or broken; data_loss a digest that is another.
    [[nodiscard]] Result<LayoutImage> image(const std::string& tag, const oci::Platform& platform) const;
    /// Gives a blob piece by piece to `sink`, which may change the bytes. Errors: data_loss it has another
    /// size or digest, which is known at the end.
    [[nodiscard]] Status read_blob(const oci::Descriptor& blob,
                                   const std::function<Status(std::span<char>)>& sink) const;

  private:
    LayoutReader(std::filesystem::path folder, std::optional<WorkFolder> unpacked)
        : folder_(std::move(folder)), unpacked_(std::move(unpacked)) {}
    [[nodiscard]] Result<std::string> read_document(const oci::Descriptor& blob) const;

    std::filesystem::path folder_;
    std::optional<WorkFolder> unpacked_;
};

/// A layout of one image that is made. Nothing is seen of it at its place before finish().
class LayoutWriter {
  public:
    /// Errors: already_exists something is there.
    [[nodiscard]] static Result<LayoutWriter> begin(ImagePlace place);

    struct Blob {
        crypto::Digest digest;
        std::uint64_t size = 0;
    };
    /// Takes a blob from `fill`, which is given a place to put bytes to.
    using Put = std::function<Status(std::string_view)>;
    [[nodiscard]] Result<Blob> add_blob(const std::function<Status(const Put&)>& fill);
    [[nodiscard]] Result<Blob> add_document(std::string_view bytes);
    /// Writes the index with the one manifest, and gives all of it its name.
    Status finish(const Blob& manifest, std::string_view media_type,
                  const std::optional<oci::Platform>& platform);

    /// Where it will be, and what is made beside it.
    [[nodiscard]] const std::filesystem::path& work_folder() const { return work_.path(); }

  private:
    LayoutWriter(ImagePlace place, WorkFolder work) : place_(std::move(place)), work_(std::move(work)) {}
    Status write_archive() const;

    ImagePlace place_;
    WorkFolder work_;
};

} // namespace redoubt::ctl
