// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/archive_files.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::node::image {
namespace {

constexpr std::string_view k_staging_prefix = ".import-";
constexpr std::size_t k_max_entries = 100'000;
constexpr std::uint64_t k_max_unpacked_bytes = 128ULL << 30U;
constexpr std::size_t k_chunk_bytes = 1U << 20U;
constexpr int k_max_link_depth = 8;

struct FreeArchive {
    void operator()(struct archive* reader) const { archive_read_free(reader); }
};
using ArchiveHandle = std::unique_ptr<struct archive, FreeArchive>;

/// "./a/b" as "a/b". Errors: a name that leads out of the archive.
Result<std::string> clean_name(std::string_view name) {
    std::string out;
    const auto parts = std::filesystem::path(name);
    if (name.empty() || parts.is_absolute())
        return fail(Code::invalid_argument, "archive entry '{}': absolute or empty name", name);
    for (const auto& part : parts) {
        if (part == "..")
            return fail(Code::invalid_argument, "archive entry '{}': leads out of the archive", name);
        if (part == "." || part.empty()) continue;
        out += (out.empty() ? "" : "/") + part.native();
    }
    return out;
}

/// Where a link in `name` leads; empty when that is outside of the archive.
std::string link_target(const std::string& name, const std::string& target) {
    const auto joined = (std::filesystem::path(name).parent_path() / target).lexically_normal().native();
    return joined.starts_with('/') || joined.starts_with("..") ? std::string() : joined;
}

Error archive_error(struct archive* reader, const std::filesystem::path& path) {
    const char* text = archive_error_string(reader);
    const std::string why = text == nullptr ? "broken archive" : text;
    const bool is_cut = why.find("runcated") != std::string::npos || why.find("CRC") != std::string::npos;
    return {is_cut ? Code::data_loss : Code::invalid_argument, path.native() + ": " + why};
}

Result<UniqueFd> open_regular(const std::filesystem::path& path) {
    RDT_TRY(auto fd, open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "stat {}", path.native());
    if (!S_ISREG(status.st_mode))
        return fail(Code::invalid_argument, "{}: not a regular file", path.native());
    return fd;
}

/// Hashes everything in `from`, and writes it to `to` unless that is negative.
Result<ArchiveFiles::Measured> hash_and_copy(int from, int to, crypto::HashAlgorithm algorithm) {
    RDT_TRY(auto hasher, crypto::Hasher::make(algorithm));
    std::vector<char> buffer(k_chunk_bytes);
    std::uint64_t total = 0;
    for (;;) {
        const auto count = ::read(from, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_errno(errno, "read");
        if (count == 0) break;
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        RDT_CHECK(hasher.update(bytes));
        if (to >= 0) RDT_CHECK(write_all(to, bytes));
        total += bytes.size();
    }
    RDT_TRY(auto digest, hasher.finish());
    return ArchiveFiles::Measured{std::move(digest), total};
}

/// Copies an entry's data to `path`; counts against `budget`.
Status unpack_entry(struct archive* reader, const std::filesystem::path& path,
                    const std::filesystem::path& archive, std::uint64_t& budget) {
    RDT_TRY(auto fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    std::vector<char> buffer(k_chunk_bytes);
    for (;;) {
        const auto count = archive_read_data(reader, buffer.data(), buffer.size());
        if (count < 0) return std::unexpected(archive_error(reader, archive));
        if (count == 0) return {};
        const auto size = static_cast<std::uint64_t>(count);
        if (size > budget) return fail(Code::resource_exhausted, "{}: unpacks to too much", archive.native());
        budget -= size;
        RDT_CHECK(write_all(fd.get(), {buffer.data(), size}).transform_error(context("{}", path.native())));
    }
}

Result<ArchiveHandle> open_archive(const std::filesystem::path& path) {
    ArchiveHandle reader(archive_read_new());
    if (!reader) return fail(Code::internal, "{}: no archive reader", path.native());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_zstd(reader.get());
    if (archive_read_open_filename(reader.get(), path.c_str(), k_chunk_bytes) != ARCHIVE_OK)
        return std::unexpected(archive_error(reader.get(), path));
    return reader;
}

} // namespace

ArchiveFiles::ArchiveFiles(ArchiveFiles&& other) noexcept
    : folder_(std::move(other.folder_)), staging_(std::exchange(other.staging_, {})),
      files_(std::move(other.files_)), links_(std::move(other.links_)) {}

ArchiveFiles::~ArchiveFiles() {
    std::error_code ignored;
    if (!staging_.empty()) std::filesystem::remove_all(staging_, ignored);
}

Result<ArchiveFiles> ArchiveFiles::open(const std::filesystem::path& path,
                                        const std::filesystem::path& scratch) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status))
        return fail(Code::not_found, "no archive or folder '{}'", path.native());
    ArchiveFiles files;
    if (std::filesystem::is_directory(status)) {
        files.folder_ = path;
        return files;
    }
    if (!std::filesystem::is_regular_file(status))
        return fail(Code::invalid_argument, "{}: neither file nor folder", path.native());
    std::filesystem::create_directories(scratch, error);
    std::string name = (scratch / k_staging_prefix).native() + "XXXXXX";
    if (error || ::mkdtemp(name.data()) == nullptr)
        return fail_errno(error ? error.value() : errno, "make a folder in {}", scratch.native());
    files.staging_ = name;
    RDT_CHECK(files.unpack(path));
    return files;
}

void ArchiveFiles::remove_leftovers(const std::filesystem::path& scratch) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(scratch, error)) {
        std::error_code ignored;
        if (entry.path().filename().native().starts_with(k_staging_prefix))
            std::filesystem::remove_all(entry.path(), ignored);
    }
}

Status ArchiveFiles::unpack(const std::filesystem::path& path) {
    RDT_TRY(const auto reader, open_archive(path));
    auto budget = k_max_unpacked_bytes;
    for (std::size_t number = 0;; ++number) {
        struct archive_entry* entry = nullptr;
        const int verdict = archive_read_next_header(reader.get(), &entry);
        if (verdict == ARCHIVE_EOF) return {};
        if (verdict != ARCHIVE_OK) return std::unexpected(archive_error(reader.get(), path));
        if (number == k_max_entries)
            return fail(Code::resource_exhausted, "{}: too many entries", path.native());
        const char* raw = archive_entry_pathname(entry);
        RDT_TRY(const auto name, clean_name(raw == nullptr ? "" : raw));
        if (const char* other = archive_entry_hardlink(entry); other != nullptr) {
            RDT_TRY(links_[name], clean_name(other));
        } else if (const auto type = archive_entry_filetype(entry); type == AE_IFLNK) {
            const char* target = archive_entry_symlink(entry);
            links_[name] = link_target(name, target == nullptr ? "" : target);
        } else if (type == AE_IFREG) {
            if (archive_entry_sparse_count(entry) > 0)
                return fail(Code::invalid_argument, "archive entry '{}': sparse file", name);
            const auto staged = staging_ / std::to_string(number);
            RDT_CHECK(unpack_entry(reader.get(), staged, path, budget));
            files_[name] = staged;
        } else if (type != AE_IFDIR) {
            return fail(Code::invalid_argument, "archive entry '{}': neither file, folder nor link", name);
        }
    }
}

Result<std::filesystem::path> ArchiveFiles::find(const std::string& name) const {
    RDT_TRY(auto clean, clean_name(name));
    if (!folder_.empty()) return folder_ / clean;
    for (int depth = 0; depth < k_max_link_depth; ++depth) {
        if (const auto file = files_.find(clean); file != files_.end()) return file->second;
        const auto link = links_.find(clean);
        if (link == links_.end()) break;
        clean = link->second;
    }
    return fail(Code::invalid_argument, "archive holds no file '{}'", name);
}

bool ArchiveFiles::has(const std::string& name) const {
    const auto path = find(name);
    std::error_code ignored;
    return path && std::filesystem::is_regular_file(*path, ignored);
}

Result<std::string> ArchiveFiles::read(const std::string& name, std::uint64_t limit) const {
    RDT_TRY(const auto path, find(name));
    RDT_CHECK(open_regular(path)); // what is no file must not be opened as one
    return read_file(path, limit);
}

Result<ArchiveFiles::Measured> ArchiveFiles::measure(const std::string& name) const {
    RDT_TRY(const auto path, find(name));
    RDT_TRY(const auto fd, open_regular(path));
    return hash_and_copy(fd.get(), -1, crypto::HashAlgorithm::sha256).transform_error(context("{}", name));
}

Result<std::string> ArchiveFiles::peek(const std::string& name, std::size_t count) const {
    RDT_TRY(const auto path, find(name));
    RDT_TRY(const auto fd, open_regular(path));
    std::string bytes(count, '\0');
    const auto got = ::read(fd.get(), bytes.data(), bytes.size());
    if (got < 0) return fail_errno(errno, "read {}", name);
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

Status ArchiveFiles::place(const std::string& name, const crypto::Digest& digest,
                           const std::filesystem::path& target) const {
    RDT_TRY(const auto path, find(name));
    RDT_TRY(const auto from, open_regular(path));
    std::error_code error;
    std::filesystem::create_directories(target.parent_path(), error);
    std::filesystem::path ready = path;
    UniqueFd to;
    if (staging_.empty()) {
        std::string copy = target.native() + ".XXXXXX";
        to.reset(::mkostemp(copy.data(), O_CLOEXEC));
        if (!to) return fail_errno(errno, "make a file in {}", target.parent_path().native());
        ready = copy;
    }
    auto measured = hash_and_copy(from.get(), to.get(), digest.algorithm());
    if (measured && measured->digest != digest)
        measured = fail(Code::data_loss, "has digest {} instead of {}", measured->digest.str(), digest.str());
    if (measured && ::rename(ready.c_str(), target.c_str()) != 0)
        measured = fail_errno(errno, "rename to {}", target.native());
    if (measured) return {};
    if (to) ::unlink(ready.c_str());
    return std::unexpected(measured.error().within(name));
}

} // namespace redoubt::node::image
