// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/image_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <variant>
#include <vector>

#include "common/archive/tar_format.hpp"
#include "common/archive/tree_unpacker.hpp"
#include "common/base/file.hpp"

namespace redoubt::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_piece = 1U << 20U;
constexpr int k_deepest_index = 3;
constexpr const char* k_ref_name = "org.opencontainers.image.ref.name";
constexpr const char* k_layout_file = "oci-layout";
constexpr const char* k_layout_text = R"({"imageLayoutVersion":"1.0.0"})";

fs::path blob_path(const fs::path& folder, const crypto::Digest& digest) {
    return folder / "blobs" / crypto::name_of(digest.algorithm()) / digest.hex();
}

/// The next bytes of a file, none at its end.
Result<std::span<char>> read_piece(int fd, std::string& buffer) {
    for (;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read");
        return std::span(buffer).first(static_cast<std::size_t>(count));
    }
}

Result<WorkFolder> unpack(const fs::path& archive, const fs::path& scratch) {
    RDT_TRY(auto folder, WorkFolder::make_beside(scratch));
    RDT_TRY(const auto file, open_file(archive, O_RDONLY));
    RDT_TRY(auto root, open_file(folder.path(), O_RDONLY | O_DIRECTORY));
    archive::TreeUnpacker unpacker(std::move(root), "", {});
    std::string buffer(k_piece, '\0');
    for (;;) {
        RDT_TRY(const auto piece, read_piece(file.get(), buffer));
        if (piece.empty()) break;
        RDT_CHECK(unpacker.feed({piece.data(), piece.size()}));
    }
    RDT_CHECK(unpacker.finish());
    return folder;
}

std::string tag_of(const oci::Descriptor& entry) {
    const auto found = entry.annotations.find(k_ref_name);
    return found == entry.annotations.end() ? std::string() : found->second;
}

Result<oci::Descriptor> choose(const oci::Index& index, const std::string& tag,
                               const oci::Platform& platform) {
    oci::Index fitting;
    std::ranges::copy_if(index.manifests, std::back_inserter(fitting.manifests),
                         [&](const auto& entry) { return tag.empty() || tag_of(entry) == tag; });
    if (fitting.manifests.empty()) return fail(Code::not_found, "no image '{}' in it", tag);
    if (fitting.manifests.size() == 1) return fitting.manifests.front();
    const auto first = tag_of(fitting.manifests.front());
    if (std::ranges::all_of(fitting.manifests, [&](const auto& entry) { return tag_of(entry) == first; }))
        return oci::select_manifest(fitting, platform);
    std::string tags;
    for (const auto& entry : fitting.manifests) tags += (tags.empty() ? "" : ", ") + tag_of(entry);
    return fail(Code::invalid_argument, "several images, say which by its tag: {}", tags);
}

Status append_file(int archive, const fs::path& file, std::string name) {
    RDT_TRY(const auto fd, open_file(file, O_RDONLY));
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "look at {}", file.native());
    const auto size = static_cast<std::uint64_t>(status.st_size);
    archive::Entry entry{.path = std::move(name), .size_bytes = size, .mode = 0644};
    RDT_CHECK(write_all(archive, archive::render_entry(entry)));
    std::string buffer(k_piece, '\0');
    for (;;) {
        RDT_TRY(const auto piece, read_piece(fd.get(), buffer));
        if (piece.empty()) break;
        RDT_CHECK(write_all(archive, {piece.data(), piece.size()}));
    }
    return write_all(archive, std::string(archive::padding_of(size), '\0'));
}

} // namespace

Result<ImagePlace> parse_image_place(std::string_view word) {
    constexpr std::string_view k_layout = "oci:";
    constexpr std::string_view k_archive = "oci-archive:";
    ImagePlace place;
    auto path = word;
    if (word.starts_with(k_layout)) {
        path.remove_prefix(k_layout.size());
    } else if (word.starts_with(k_archive)) {
        place.kind = ImagePlace::Kind::archive;
        path.remove_prefix(k_archive.size());
    } else {
        for (const std::string_view other :
             {"docker:", "docker-archive:", "docker-daemon:", "dir:", "containers-storage:"})
            if (word.starts_with(other))
                return fail(Code::unimplemented,
                            "{}: only oci: and oci-archive: are supported; copy it by skopeo", word);
        std::error_code error;
        if (fs::is_regular_file(path, error) || path.ends_with(".tar"))
            place.kind = ImagePlace::Kind::archive;
        place.path = path;
        if (path.empty()) return fail(Code::invalid_argument, "'{}' names no image", word);
        return place;
    }
    const auto colon = path.find(':');
    if (colon != std::string_view::npos) place.tag = path.substr(colon + 1);
    place.path = path.substr(0, colon);
    if (place.path.empty()) return fail(Code::invalid_argument, "'{}' names no image", word);
    return place;
}

Result<WorkFolder> WorkFolder::make_beside(const fs::path& place) {
    std::error_code error;
    auto whole = fs::absolute(place, error).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    auto name = (whole.parent_path() / ("." + whole.filename().native() + ".XXXXXX")).native();
    if (::mkdtemp(name.data()) == nullptr)
        return fail_errno(errno, "make a folder in {}", whole.parent_path().native());
    return WorkFolder(name);
}

WorkFolder::~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

Status WorkFolder::keep_as(const fs::path& place) {
    if (::chmod(path_.c_str(), 0755) != 0 || std::rename(path_.c_str(), place.c_str()) != 0)
        return fail_errno(errno, "rename to {}", place.native());
    path_.clear();
    return {};
}

Result<LayoutReader> LayoutReader::open(const ImagePlace& place, const fs::path& scratch) {
    std::optional<WorkFolder> unpacked;
    if (place.kind == ImagePlace::Kind::archive) {
        auto folder = unpack(place.path, scratch).transform_error(context("{}", place.path.native()));
        if (!folder) return std::unexpected(folder.error());
        unpacked.emplace(std::move(*folder));
    }
    auto folder = unpacked ? unpacked->path() : place.path;
    return LayoutReader(std::move(folder), std::move(unpacked));
}

Result<std::string> LayoutReader::read_document(const oci::Descriptor& blob) const {
    if (blob.size > oci::k_max_manifest_bytes)
        return fail(Code::resource_exhausted, "{}: {} bytes are too many", blob.digest.str(), blob.size);
    std::string bytes;
    RDT_CHECK(read_blob(blob, [&bytes](std::span<char> piece) -> Status {
        bytes.append(piece.data(), piece.size());
        return {};
    }));
    return bytes;
}

Result<LayoutImage> LayoutReader::image(const std::string& tag, const oci::Platform& platform) const {
    RDT_TRY(const auto text, read_file(folder_ / "index.json", oci::k_max_manifest_bytes));
    RDT_TRY(const auto index, oci::parse_index(text));
    RDT_TRY(auto chosen, choose(index, tag, platform));
    auto name = tag_of(chosen);
    for (int depth = 0; depth < k_deepest_index; ++depth) {
        RDT_TRY(auto json, read_document(chosen));
        RDT_TRY(auto document, oci::parse_manifest_or_index(json, chosen.media_type));
        if (const auto* list = std::get_if<oci::Index>(&document)) {
            RDT_TRY(chosen, oci::select_manifest(*list, platform));
            continue;
        }
        auto& manifest = std::get<oci::Manifest>(document);
        RDT_TRY(auto config, read_document(manifest.config));
        return LayoutImage{std::move(chosen), std::move(name), std::move(json), std::move(manifest),
                           std::move(config)};
    }
    return fail(Code::invalid_argument, "indexes in indexes in indexes");
}

Status LayoutReader::read_blob(const oci::Descriptor& blob,
                               const std::function<Status(std::span<char>)>& sink) const {
    RDT_TRY(const auto file, open_file(blob_path(folder_, blob.digest), O_RDONLY));
    RDT_TRY(auto hasher, crypto::Hasher::make(blob.digest.algorithm()));
    std::string buffer(k_piece, '\0');
    std::uint64_t size = 0;
    for (;;) {
        RDT_TRY(const auto piece, read_piece(file.get(), buffer));
        if (piece.empty()) break;
        size += piece.size();
        RDT_CHECK(hasher.update({piece.data(), piece.size()}));
        RDT_CHECK(sink(piece));
    }
    RDT_TRY(const auto found, hasher.finish());
    if (found == blob.digest && size == blob.size) return {};
    return fail(Code::data_loss, "blob {} of {} bytes is {} of {} bytes", blob.digest.str(), blob.size,
                found.str(), size);
}

Result<LayoutWriter> LayoutWriter::begin(ImagePlace place) {
    std::error_code error;
    if (fs::exists(place.path, error))
        return fail(Code::already_exists, "{} is there already", place.path.native());
    RDT_TRY(auto work, WorkFolder::make_beside(place.path));
    fs::create_directories(work.path() / "blobs/sha256", error);
    if (error) return fail_errno(error.value(), "make a folder in {}", work.path().native());
    RDT_CHECK(write_file(work.path() / k_layout_file, k_layout_text));
    return LayoutWriter(std::move(place), std::move(work));
}

Result<LayoutWriter::Blob> LayoutWriter::add_blob(const std::function<Status(const Put&)>& fill) {
    const auto part = work_.path() / "blobs/sha256/part";
    RDT_TRY(const auto file, open_file(part, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    RDT_TRY(auto hasher, crypto::Hasher::make());
    std::uint64_t size = 0;
    RDT_CHECK(fill([&](std::string_view bytes) -> Status {
        size += bytes.size();
        RDT_CHECK(hasher.update(bytes));
        return write_all(file.get(), bytes).transform_error(context("{}", place_.path.native()));
    }));
    RDT_TRY(auto digest, hasher.finish());
    if (std::rename(part.c_str(), blob_path(work_.path(), digest).c_str()) != 0)
        return fail_errno(errno, "keep blob {}", digest.str());
    return Blob{std::move(digest), size};
}

Result<LayoutWriter::Blob> LayoutWriter::add_document(std::string_view bytes) {
    return add_blob([bytes](const Put& put) { return put(bytes); });
}

Status LayoutWriter::finish(const Blob& manifest, std::string_view media_type,
                            const std::optional<oci::Platform>& platform) {
    boost::json::object entry{
        {"mediaType", media_type}, {"digest", manifest.digest.str()}, {"size", manifest.size}};
    if (platform) entry["platform"] = {{"os", platform->os}, {"architecture", platform->architecture}};
    if (!place_.tag.empty()) entry["annotations"] = {{k_ref_name, place_.tag}};
    const boost::json::object index{{"schemaVersion", 2},
                                    {"mediaType", oci::k_oci_index},
                                    {"manifests", boost::json::array{std::move(entry)}}};
    RDT_CHECK(write_file(work_.path() / "index.json", boost::json::serialize(index)));
    return place_.kind == ImagePlace::Kind::archive ? write_archive() : work_.keep_as(place_.path);
}

Status LayoutWriter::write_archive() const {
    const fs::path part = work_.path().native() + ".tar";
    const auto write = [&]() -> Status {
        RDT_TRY(const auto archive, open_file(part, O_WRONLY | O_CREAT | O_EXCL, 0644));
        std::vector<std::string> blobs;
        for (const auto& entry : fs::directory_iterator(work_.path() / "blobs/sha256"))
            blobs.push_back("blobs/sha256/" + entry.path().filename().native());
        std::ranges::sort(blobs);
        blobs.insert(blobs.begin(), {k_layout_file, "index.json"});
        for (const auto& name : blobs) RDT_CHECK(append_file(archive.get(), work_.path() / name, name));
        RDT_CHECK(write_all(archive.get(), archive::render_end()));
        if (std::rename(part.c_str(), place_.path.c_str()) != 0)
            return fail_errno(errno, "rename to {}", place_.path.native());
        return {};
    };
    auto written = write();
    if (!written) ::unlink(part.c_str());
    return written.transform_error(context("{}", place_.path.native()));
}

} // namespace redoubt::ctl
