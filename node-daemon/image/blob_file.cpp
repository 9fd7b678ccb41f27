// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/blob_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <cerrno>
#include <system_error>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::node::image {
namespace {

constexpr std::size_t k_hash_bytes = 1U << 20U;

/// Hashes from the descriptor's position to the end of the file, and says how many bytes that were.
Task<std::uint64_t> hash_rest(int fd, crypto::Hasher& hasher, std::string name) {
    std::vector<char> buffer(k_hash_bytes);
    std::uint64_t total = 0;
    for (;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) co_return fail_errno(errno, "read {}", name);
        if (count == 0) co_return total;
        total += static_cast<std::uint64_t>(count);
        RDT_CO_CHECK(hasher.update({buffer.data(), static_cast<std::size_t>(count)}));
        co_await asio::post(co_await asio::this_coro::executor,
                            asio::use_awaitable); // a large file is many turns
    }
}

/// False when the file was renamed or deleted between open and lock.
bool is_still_at(int fd, const std::filesystem::path& path) {
    struct stat opened{};
    struct stat named{};
    if (::fstat(fd, &opened) != 0 || ::lstat(path.c_str(), &named) != 0) return false;
    return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

} // namespace

std::filesystem::path blob_path(const std::filesystem::path& directory, const crypto::Digest& digest) {
    return directory / crypto::name_of(digest.algorithm()) / digest.hex();
}

void remove_stale_blobs(const std::filesystem::path& directory, std::chrono::hours age) {
    const auto oldest = std::filesystem::file_time_type::clock::now() - age;
    std::error_code error;
    for (const auto& algorithm : std::filesystem::directory_iterator(directory, error)) {
        for (const auto& blob : std::filesystem::directory_iterator(algorithm.path(), error)) {
            const auto touched = blob.last_write_time(error);
            if (!error && touched < oldest) std::filesystem::remove(blob.path(), error);
        }
    }
}

Task<bool> has_blob(std::filesystem::path directory, crypto::Digest digest, std::uint64_t size) {
    const auto path = blob_path(directory, digest);
    auto fd = open_file(path, O_RDONLY | O_NOFOLLOW);
    if (!fd && fd.error().code == Code::not_found) co_return false;
    if (!fd) co_return std::unexpected(fd.error());
    RDT_CO_TRY(auto hasher, crypto::Hasher::make(digest.algorithm()));
    RDT_CO_TRY(const auto read, co_await hash_rest(fd->get(), hasher, path.native()));
    RDT_CO_TRY(const auto actual, hasher.finish());
    if (read == size && actual == digest) co_return true;
    ::unlink(path.c_str());
    co_return false;
}

BlobFile::BlobFile(std::filesystem::path path, UniqueFd fd, crypto::Digest digest, std::uint64_t size,
                   crypto::Hasher hasher)
    : path_(std::move(path)), part_(path_.native() + ".part"), fd_(std::move(fd)), digest_(std::move(digest)),
      wanted_size_(size), hasher_(std::move(hasher)) {}

Task<std::optional<BlobFile>> BlobFile::open(std::filesystem::path directory, crypto::Digest digest,
                                             std::uint64_t size) {
    const auto path = blob_path(directory, digest);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) co_return fail_errno(error.value(), "create {}", path.parent_path().native());
    const std::filesystem::path part = path.native() + ".part";
    RDT_CO_TRY(auto fd, open_file(part, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) co_return std::optional<BlobFile>();
        co_return fail_errno(errno, "lock {}", part.native());
    }
    if (!is_still_at(fd.get(), part)) co_return std::optional<BlobFile>();
    RDT_CO_TRY(auto hasher, crypto::Hasher::make(digest.algorithm()));
    BlobFile file(path, std::move(fd), std::move(digest), size, std::move(hasher));
    RDT_CO_CHECK(co_await file.hash_what_is_there());
    co_return std::optional<BlobFile>(std::move(file));
}

Task<> BlobFile::hash_what_is_there() {
    RDT_CO_TRY(written_, co_await hash_rest(fd_.get(), hasher_, part_.native()));
    if (written_ > wanted_size_) co_return restart();
    co_return Status{};
}

Status BlobFile::append(std::string_view bytes) {
    if (bytes.size() > wanted_size_ - written_) {
        discard();
        return fail(Code::data_loss, "{}: more than its {} bytes", digest_.str(), wanted_size_);
    }
    RDT_CHECK(hasher_.update(bytes));
    if (auto status = write_all(fd_.get(), bytes); !status) {
        if (status.error().code == Code::resource_exhausted) discard();
        return std::unexpected(status.error().within(part_.native()));
    }
    written_ += bytes.size();
    return {};
}

Status BlobFile::restart() {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) < 0)
        return fail_errno(errno, "truncate {}", part_.native());
    written_ = 0;
    RDT_TRY(hasher_, crypto::Hasher::make(digest_.algorithm()));
    return {};
}

Result<std::filesystem::path> BlobFile::finish() {
    RDT_TRY(const auto actual, hasher_.finish());
    if (written_ != wanted_size_) {
        discard();
        return fail(Code::data_loss, "{}: {} of {} bytes", digest_.str(), written_, wanted_size_);
    }
    if (actual != digest_) {
        discard();
        return fail(Code::data_loss, "{}: the bytes have digest {}", digest_.str(), actual.str());
    }
    if (::rename(part_.c_str(), path_.c_str()) != 0) return fail_errno(errno, "rename to {}", path_.native());
    return path_;
}

void BlobFile::discard() {
    ::unlink(part_.c_str());
}

} // namespace redoubt::node::image
