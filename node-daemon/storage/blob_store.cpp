// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/blob_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "common/base/file.hpp"

namespace redoubt::node::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_sector = 512;
constexpr std::string_view k_algorithm = "sha256";

std::uint64_t padded(std::uint64_t size) {
    return (size + k_sector - 1) / k_sector * k_sector;
}

/// Whole sectors, for sharing, on the disk.
Status make_disk(const fs::path& path) {
    RDT_TRY(const auto fd, open_file(path, O_RDWR));
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "look at {}", path.native());
    const auto size = padded(static_cast<std::uint64_t>(status.st_size));
    if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0 || ::fchmod(fd.get(), 0444) != 0 ||
        ::fsync(fd.get()) != 0)
        return fail_errno(errno, "make a disk of {}", path.native());
    return {};
}

} // namespace

Result<fs::path> BlobStore::path_of(const std::string& digest) const {
    RDT_TRY(const auto parsed, crypto::Digest::parse(digest));
    if (crypto::name_of(parsed.algorithm()) != k_algorithm)
        return fail(Code::unimplemented, "blob {}: not a sha256 digest", digest);
    return folder_ / k_algorithm / parsed.hex();
}

std::optional<launch::BlobDisk> BlobStore::find(const std::string& digest, std::uint64_t size) const {
    auto path = path_of(digest);
    if (!path) return std::nullopt;
    std::error_code error;
    if (fs::file_size(*path, error) != padded(size) || error) return std::nullopt;
    return launch::BlobDisk{.file = std::move(*path), .size_bytes = size};
}

Status BlobStore::keep(const std::string& digest, const fs::path& blob) const {
    RDT_TRY(const auto path, path_of(digest));
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return fail_errno(error.value(), "make folder {}", path.parent_path().native());
    // Whoever sees the name sees all of it.
    RDT_CHECK(make_disk(blob));
    if (std::rename(blob.c_str(), path.c_str()) != 0) return fail_errno(errno, "keep blob {}", digest);
    return {};
}

Status BlobStore::keep_bytes(const std::string& digest, std::string_view bytes) const {
    RDT_TRY(const auto path, path_of(digest));
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return fail_errno(error.value(), "make folder {}", path.parent_path().native());
    const fs::path part = path.native() + ".part";
    RDT_CHECK(write_file(part, bytes, 0600));
    auto kept = keep(digest, part);
    if (!kept) ::unlink(part.c_str());
    return kept;
}

Status BlobStore::remove(const std::string& digest) const {
    RDT_TRY(const auto path, path_of(digest));
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, "remove blob {}", digest);
    return {};
}

std::uint64_t BlobStore::size_of(const std::string& digest) const {
    const auto path = path_of(digest);
    std::error_code error;
    const auto size = path ? fs::file_size(*path, error) : 0;
    return error ? 0 : size;
}

std::vector<std::string> BlobStore::list() const {
    std::vector<std::string> digests;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_ / k_algorithm, error)) {
        auto digest = std::string(k_algorithm) + ":" + entry.path().filename().native();
        if (crypto::Digest::parse(digest)) digests.push_back(std::move(digest));
    }
    std::ranges::sort(digests);
    return digests;
}

} // namespace redoubt::node::storage
