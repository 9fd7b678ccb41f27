// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/fs_group.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "common/containers/folder_stream.hpp"

namespace redoubt::guest::mount {

namespace {

/// Entries between two chances for others.
constexpr std::size_t k_entries_at_once = 512;
/// A path of one-letter folders could be 2048 deep; each level here holds a descriptor.
constexpr std::size_t k_max_depth = 1024;

mode_t wanted_mode(const struct stat& status) {
    mode_t bits = 0660;
    if (S_ISDIR(status.st_mode)) bits |= 0110 | S_ISGID;
    return (status.st_mode & 07777) | bits;
}

bool is_done(const struct stat& status, const FsGroup& group) {
    return group.policy == FsGroup::Policy::on_root_mismatch && status.st_gid == group.gid &&
           wanted_mode(status) == (status.st_mode & 07777);
}

/// `place` refers to it by O_PATH: what is changed is what was looked at.
Status give(int place, const struct stat& status, const FsGroup& group) {
    if (::fchownat(place, "", static_cast<uid_t>(-1), group.gid, AT_EMPTY_PATH) != 0)
        return fail_errno(errno, "change the group of a volume's file");
    if (::chmod(path_of(place).c_str(), wanted_mode(status)) != 0)
        return fail_errno(errno, "change the mode of a volume's file");
    return {};
}

/// Treats one entry; the folder to descend into, or nothing.
Result<containers::Folder> treat(DIR* parent, std::string_view name, dev_t device, const FsGroup& group) {
    const UniqueFd place(
        ::openat(::dirfd(parent), std::string(name).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!place || ::fstat(place.get(), &status) != 0) return fail_errno(errno, "look at a volume's file");
    if (S_ISLNK(status.st_mode) || status.st_dev != device) return containers::Folder{};
    RDT_CHECK(give(place.get(), status, group));
    if (!S_ISDIR(status.st_mode)) return containers::Folder{};
    return containers::open_folder(place.get());
}

} // namespace

Task<void> apply_fs_group(UniqueFd root, FsGroup group) {
    struct stat status{};
    if (::fstat(root.get(), &status) != 0) co_return fail_errno(errno, "look at the volume");
    if (is_done(status, group)) co_return Status{};
    std::vector<containers::Folder> way;
    if (S_ISDIR(status.st_mode)) {
        RDT_CO_TRY(auto top, containers::open_folder(root.get()));
        way.push_back(std::move(top));
    }
    std::size_t count = 0;
    while (!way.empty()) {
        const auto name = containers::next_name(way.back().get());
        if (name.empty()) {
            way.pop_back();
            continue;
        }
        if (way.size() >= k_max_depth)
            co_return fail(Code::resource_exhausted, "the volume is more than {} folders deep", k_max_depth);
        RDT_CO_TRY(auto below, treat(way.back().get(), name, status.st_dev, group));
        if (below) way.push_back(std::move(below));
        if (++count % k_entries_at_once == 0)
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
    // The root comes last: its look says that all below it is done.
    co_return give(root.get(), status, group);
}

} // namespace redoubt::guest::mount
