// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/watched_copy.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <ranges>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr const char* k_temporary = ".redoubt-new";

/// All of a regular file that is not too large.
Result<std::string> content_of(int fd) {
    std::string content(WatchedCopy::k_max_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const auto got = ::pread(fd, content.data() + size, content.size() - size, static_cast<off_t>(size));
        if (got < 0) return fail_errno(errno, "read a watched file");
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > WatchedCopy::k_max_bytes)
        return fail(Code::resource_exhausted, "a watched file is larger than {} bytes",
                    WatchedCopy::k_max_bytes);
    content.resize(size);
    return content;
}

std::pair<std::string, std::string> parent_and_name(const std::string& path) {
    const std::filesystem::path whole(path);
    return {whole.parent_path().native(), whole.filename().native()};
}

} // namespace

bool WatchedCopy::Seen::is_same(const Seen& other) const {
    return mode == other.mode && inode == other.inode && size == other.size &&
           changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
}

WatchedCopy::Seen WatchedCopy::seen_of(const struct stat& status) {
    // A folder's own times and size change with what is in it, which is looked at by itself.
    if (S_ISDIR(status.st_mode)) return {status.st_mode, status.st_ino, 0, {}};
    return {status.st_mode, status.st_ino, status.st_size, status.st_ctim};
}

Result<WatchedCopy> WatchedCopy::open(UniqueFd source, UniqueFd target) {
    struct stat status{};
    if (::fstat(source.get(), &status) != 0) return fail_errno(errno, "look at what is to be watched");
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
        return fail(Code::invalid_argument, "only folders and regular files can be watched");
    WatchedCopy made(std::move(source), std::move(target), S_ISDIR(status.st_mode));
    RDT_CHECK(made.update());
    return made;
}

Result<WatchedCopy::Tree> WatchedCopy::look() const {
    Tree tree;
    std::uint64_t bytes = 0;
    std::deque<std::string> folders{""};
    while (!folders.empty()) {
        const std::string folder = std::move(folders.front());
        folders.pop_front();
        RDT_TRY(const auto fd, open_beneath(source_.get(), folder, O_RDONLY | O_DIRECTORY));
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(path_of(fd.get()), error)) {
            const auto name = entry.path().filename().native();
            const auto path = folder.empty() ? name : folder + "/" + name;
            struct stat status{};
            if (::fstatat(fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue; // it has gone
            if (tree.size() == k_max_entries)
                return fail(Code::resource_exhausted, "more than {} watched entries", k_max_entries);
            if (S_ISREG(status.st_mode)) bytes += static_cast<std::uint64_t>(status.st_size);
            if (bytes > k_max_bytes)
                return fail(Code::resource_exhausted, "more than {} watched bytes", k_max_bytes);
            if (S_ISDIR(status.st_mode)) folders.push_back(path);
            if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode) || S_ISLNK(status.st_mode))
                tree.emplace(path, seen_of(status));
        }
        if (error) return fail(Code::internal, "list a watched folder: {}", error.message());
    }
    return tree;
}

Status WatchedCopy::copy_link(const std::string& path) const {
    const auto [parent, name] = parent_and_name(path);
    RDT_TRY(const auto from, open_beneath(source_.get(), parent, O_PATH | O_DIRECTORY));
    RDT_TRY(const auto to, open_beneath(target_.get(), parent, O_PATH | O_DIRECTORY));
    std::array<char, PATH_MAX> aim{};
    const auto size = ::readlinkat(from.get(), name.c_str(), aim.data(), aim.size() - 1);
    if (size < 0) return fail_errno(errno, "read watched link {}", path);
    ::unlinkat(to.get(), k_temporary, 0);
    if (::symlinkat(aim.data(), to.get(), k_temporary) != 0 ||
        ::renameat(to.get(), k_temporary, to.get(), name.c_str()) != 0)
        return fail_errno(errno, "copy watched link {}", path);
    return {};
}

Status WatchedCopy::copy_file(const std::string& path, const Seen& seen) const {
    const auto [parent, name] = parent_and_name(path);
    RDT_TRY(const auto from, open_beneath(source_.get(), path, O_RDONLY | O_NONBLOCK));
    RDT_TRY(const auto content, content_of(from.get()));
    struct stat status{};
    if (::fstat(from.get(), &status) != 0) return fail_errno(errno, "look at watched file {}", path);
    RDT_TRY(const auto folder, open_beneath(target_.get(), parent, O_PATH | O_DIRECTORY));
    ::unlinkat(folder.get(), k_temporary, 0);
    RDT_TRY(const auto to, open_beneath(folder.get(), k_temporary, O_WRONLY | O_CREAT | O_EXCL, 0600));
    RDT_CHECK(write_all(to.get(), content));
    if (::fchown(to.get(), status.st_uid, status.st_gid) != 0 || ::fchmod(to.get(), seen.mode & 07777) != 0)
        return fail_errno(errno, "copy watched file {}", path);
    if (::renameat(folder.get(), k_temporary, folder.get(), name.c_str()) != 0)
        return fail_errno(errno, "copy watched file {}", path);
    return {};
}

Status WatchedCopy::copy(const std::string& path, const Seen& seen) const {
    if (S_ISLNK(seen.mode)) return copy_link(path);
    if (S_ISREG(seen.mode)) return copy_file(path, seen);
    const auto [parent, name] = parent_and_name(path);
    RDT_TRY(const auto folder, open_beneath(target_.get(), parent, O_PATH | O_DIRECTORY));
    if (::mkdirat(folder.get(), name.c_str(), 0755) != 0 && errno != EEXIST)
        return fail_errno(errno, "make watched folder {}", path);
    RDT_TRY(const auto made, open_beneath(folder.get(), name, O_RDONLY | O_DIRECTORY));
    if (::fchmod(made.get(), seen.mode & 07777) != 0)
        return fail_errno(errno, "make watched folder {}", path);
    return {};
}

void WatchedCopy::remove(const std::string& path, const Seen& seen) const {
    const auto [parent, name] = parent_and_name(path);
    const auto folder = open_beneath(target_.get(), parent, O_PATH | O_DIRECTORY);
    if (folder) ::unlinkat(folder->get(), name.c_str(), S_ISDIR(seen.mode) ? AT_REMOVEDIR : 0);
}

/// A single file is written in place: whoever has it bound keeps seeing it.
Status WatchedCopy::update_file() {
    struct stat status{};
    if (::fstat(source_.get(), &status) != 0) return fail_errno(errno, "look at the watched file");
    const auto seen = seen_of(status);
    if (const auto known = known_.find(""); known != known_.end() && known->second.is_same(seen)) return {};
    RDT_TRY(const auto from, open_file(path_of(source_.get()), O_RDONLY));
    RDT_TRY(const auto content, content_of(from.get()));
    RDT_TRY(const auto to, open_file(path_of(target_.get()), O_WRONLY | O_TRUNC));
    RDT_CHECK(write_all(to.get(), content));
    if (::fchown(to.get(), status.st_uid, status.st_gid) != 0 ||
        ::fchmod(to.get(), status.st_mode & 07777) != 0)
        return fail_errno(errno, "copy the watched file");
    known_[""] = seen;
    return {};
}

void WatchedCopy::clear() {
    for (const auto& [path, seen] : known_ | std::views::reverse)
        if (!path.empty()) remove(path, seen);
    known_.clear();
}

/// Whether the path, or the nearest folder of it that is still there, is now another kind of thing.
bool WatchedCopy::is_in_the_way(const Tree& tree, const std::string& path, const Seen& seen) {
    mode_t kind = seen.mode & S_IFMT;
    for (std::filesystem::path place(path); !place.empty(); place = place.parent_path(), kind = S_IFDIR)
        if (const auto now = tree.find(place.native()); now != tree.end())
            return (now->second.mode & S_IFMT) != kind;
    return false;
}

Status WatchedCopy::update() {
    if (!is_folder_) return update_file();
    RDT_TRY(auto tree, look());
    const auto is_stale = [&](const auto& entry) {
        const auto known = known_.find(entry.first);
        return known == known_.end() || !known->second.is_same(entry.second);
    };
    // What became another kind of thing goes first. Deepest paths sort last, so folders empty before they go.
    for (const auto& [path, seen] : known_ | std::views::reverse)
        if (is_in_the_way(tree, path, seen)) remove(path, seen);
    for (const bool are_links : {false, true})
        for (const auto& entry : tree)
            if (S_ISLNK(entry.second.mode) == are_links && is_stale(entry))
                RDT_CHECK(copy(entry.first, entry.second));
    for (const auto& [path, seen] : known_ | std::views::reverse)
        if (!tree.contains(path)) remove(path, seen);
    known_ = std::move(tree);
    return {};
}

} // namespace redoubt::guest::mount
