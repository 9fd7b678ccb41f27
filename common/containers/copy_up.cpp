// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/copy_up.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/containers/folder_stream.hpp"

namespace redoubt::containers {

namespace {

/// Between two chances for others.
constexpr std::size_t k_entries_at_once = 256;
constexpr std::size_t k_bytes_at_once = 8U << 20U;
/// A path of one-letter folders could be 2048 deep; each level here holds three descriptors.
constexpr std::size_t k_max_depth = 300;

asio::awaitable<void> give_way() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

/// A folder on the way, and its copy.
struct Level {
    Folder from;
    UniqueFd to;
    struct stat status{};
};

/// Last, as what is written before changes it.
Status give(int to, const struct stat& status) {
    if (::fchown(to, status.st_uid, status.st_gid) != 0) return fail_errno(errno, "change the owner");
    if (::fchmod(to, status.st_mode & 07777) != 0) return fail_errno(errno, "change the mode");
    const std::array times{status.st_atim, status.st_mtim};
    if (::futimens(to, times.data()) != 0) return fail_errno(errno, "change the times");
    return {};
}

Task<void> copy_file(int parent, std::string name, const Level& level, struct stat status) {
    const UniqueFd from(::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    const UniqueFd to(
        ::openat(level.to.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!from || !to) co_return fail_errno(errno, "open '{}'", name);
    for (off_t left = status.st_size; left > 0;) {
        const auto count = ::sendfile(to.get(), from.get(), nullptr, k_bytes_at_once);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) co_return fail_errno(errno, "copy '{}'", name);
        if (count == 0) break;
        left -= count;
        if (left > 0) co_await give_way();
    }
    co_return give(to.get(), status).transform_error(context("'{}'", name));
}

Status copy_link(int parent, const std::string& name, const Level& level, const struct stat& status) {
    std::array<char, PATH_MAX> target{};
    const auto length = ::readlinkat(parent, name.c_str(), target.data(), target.size() - 1);
    if (length < 0) return fail_errno(errno, "read link '{}'", name);
    target.at(static_cast<std::size_t>(length)) = '\0';
    if (::symlinkat(target.data(), level.to.get(), name.c_str()) != 0 ||
        ::fchownat(level.to.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno, "make link '{}'", name);
    return {};
}

Result<Level> descend(int parent, const std::string& name, const Level& level, const struct stat& status) {
    const UniqueFd from(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!from) return fail_errno(errno, "open '{}'", name);
    if (::mkdirat(level.to.get(), name.c_str(), 0700) != 0) return fail_errno(errno, "make '{}'", name);
    Level below;
    below.to =
        UniqueFd(::openat(level.to.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.to) return fail_errno(errno, "open '{}'", name);
    RDT_TRY(below.from, open_folder(from.get()));
    below.status = status;
    return below;
}

/// Copies one entry; a folder is only begun, and put at the end of `way`.
Task<void> copy_entry(std::string name, std::vector<Level>& way) {
    const auto& level = way.back();
    const int parent = ::dirfd(level.from.get());
    struct stat status{};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        co_return fail_errno(errno, "look at '{}'", name);
    if (S_ISREG(status.st_mode)) co_return co_await copy_file(parent, std::move(name), level, status);
    if (S_ISLNK(status.st_mode)) co_return copy_link(parent, name, level, status);
    if (!S_ISDIR(status.st_mode)) co_return Status{};
    if (way.size() >= k_max_depth)
        co_return fail(Code::resource_exhausted, "it is more than {} folders deep", k_max_depth);
    RDT_CO_TRY(auto below, descend(parent, name, level, status));
    way.push_back(std::move(below));
    co_return Status{};
}

bool is_read_only(int place) {
    struct statvfs status{};
    return ::fstatvfs(place, &status) == 0 && (status.f_flag & ST_RDONLY) != 0;
}

} // namespace

Task<void> copy_up(UniqueFd from, UniqueFd to) {
    if (is_read_only(to.get())) co_return Status{};
    RDT_CO_TRY(const auto target, open_folder(to.get()));
    if (!next_name(target.get()).empty()) co_return Status{};
    std::vector<Level> way(1);
    if (::fstat(from.get(), &way.back().status) != 0)
        co_return fail_errno(errno, "look at the image's folder");
    RDT_CO_TRY(way.back().from, open_folder(from.get()));
    way.back().to = std::move(to);
    std::size_t count = 0;
    while (!way.empty()) {
        const std::string name(next_name(way.back().from.get()));
        if (name.empty()) {
            RDT_CO_CHECK(give(way.back().to.get(), way.back().status));
            way.pop_back();
            continue;
        }
        RDT_CO_CHECK(co_await copy_entry(name, way));
        if (++count % k_entries_at_once == 0) co_await give_way();
    }
    co_return Status{};
}

} // namespace redoubt::containers
