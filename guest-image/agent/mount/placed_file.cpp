// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/placed_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <limits>
#include <utility>

#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr mode_t k_permissions = 07777;

Status check(const PlacedFile& file) {
    constexpr auto k_nobody = std::numeric_limits<std::uint32_t>::max(); // "leave it" to chown
    if (file.uid == k_nobody || file.gid == k_nobody)
        return fail(Code::invalid_argument, "user {} and group {} are not both real", file.uid, file.gid);
    if (file.size > k_max_placed_file)
        return fail(Code::invalid_argument, "a file of {} bytes is more than {}", file.size,
                    k_max_placed_file);
    if (file.offset > file.size || file.data.size() > file.size - file.offset)
        return fail(Code::invalid_argument, "{} bytes at {} are more than a file of {} bytes holds",
                    file.data.size(), file.offset, file.size);
    return {};
}

/// The folder that holds it, and its name there.
Result<std::pair<UniqueFd, std::string>> open_parent(int root, const PlacedFile& file) {
    const auto slash = file.path.rfind('/');
    std::string name = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
    if (name.empty() || name == "." || name == ".." || name.size() + 6 > NAME_MAX || file.path.contains('\0'))
        return fail(Code::invalid_argument, "path '{}' names no file", file.path);
    const std::string parent = slash == std::string::npos ? "" : file.path.substr(0, slash);
    if (auto found = open_in_root(root, parent, O_PATH | O_DIRECTORY);
        found || found.error().code != Code::not_found)
        return std::move(found).transform(
            [&](UniqueFd folder) { return std::pair(std::move(folder), std::move(name)); });
    RDT_TRY(auto made, create_in_root(root, parent, NodeKind::folder));
    const mode_t mode = file.folder_mode & k_permissions;
    if (mode != 0 && ::chmod(path_of(made.get()).c_str(), mode) != 0)
        return fail_errno(errno, "change the mode of the folder of '{}'", file.path);
    return std::pair(std::move(made), std::move(name));
}

Status place_folder(int parent, const std::string& name, const PlacedFile& file) {
    if (::mkdirat(parent, name.c_str(), 0700) != 0) {
        if (errno != EEXIST) return fail_errno(errno, "make folder '{}'", file.path);
        // What is no folder gives way to one.
        if (::unlinkat(parent, name.c_str(), 0) == 0 && ::mkdirat(parent, name.c_str(), 0700) != 0)
            return fail_errno(errno, "make folder '{}'", file.path);
    }
    RDT_TRY(const auto folder, open_beneath(parent, name, O_RDONLY | O_DIRECTORY));
    if (::fchown(folder.get(), file.uid, file.gid) != 0 ||
        ::fchmod(folder.get(), file.mode & k_permissions) != 0)
        return fail_errno(errno, "change owner and mode of folder '{}'", file.path);
    return {};
}

Status place_link(int parent, const std::string& name, const PlacedFile& file) {
    if (file.data.empty() || file.data.size() >= PATH_MAX || file.data.contains('\0'))
        return fail(Code::invalid_argument, "link '{}' leads nowhere", file.path);
    if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT)
        return fail_errno(errno, "replace '{}'", file.path);
    if (::symlinkat(file.data.c_str(), parent, name.c_str()) != 0 ||
        ::fchownat(parent, name.c_str(), file.uid, file.gid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno, "make link '{}'", file.path);
    return {};
}

Status write_at(int fd, const std::string& data, std::uint64_t offset) {
    std::size_t written = 0;
    while (written < data.size()) {
        const auto size =
            ::pwrite(fd, data.data() + written, data.size() - written, static_cast<off_t>(offset + written));
        if (size < 0 && errno != EINTR) return fail_errno(errno, "write {} bytes", data.size());
        if (size > 0) written += static_cast<std::size_t>(size);
    }
    return {};
}

Status place_regular(int parent, const std::string& name, const PlacedFile& file) {
    const std::string part = "." + name + ".part";
    if (file.offset == 0) ::unlinkat(parent, part.c_str(), 0);
    const int flags = O_WRONLY | O_NOFOLLOW | (file.offset == 0 ? O_CREAT | O_EXCL : 0);
    auto fd = open_beneath(parent, part, flags, 0600);
    struct stat status{};
    if (!fd && file.offset != 0 && fd.error().code == Code::not_found)
        return fail(Code::out_of_range, "file '{}' does not begin at {}", file.path, file.offset);
    if (!fd) return std::unexpected(fd.error());
    if (::fstat(fd->get(), &status) != 0) return fail_errno(errno, "look at '{}'", file.path);
    if (std::cmp_greater(file.offset, status.st_size))
        return fail(Code::out_of_range, "file '{}' has {} bytes, a piece at {} leaves a gap", file.path,
                    status.st_size, file.offset);
    RDT_CHECK(write_at(fd->get(), file.data, file.offset));
    if (file.offset + file.data.size() < file.size) return {};
    if (::ftruncate(fd->get(), static_cast<off_t>(file.size)) != 0 ||
        ::fchown(fd->get(), file.uid, file.gid) != 0 || ::fchmod(fd->get(), file.mode & k_permissions) != 0)
        return fail_errno(errno, "change owner and mode of '{}'", file.path);
    if (::renameat(parent, part.c_str(), parent, name.c_str()) != 0)
        return fail_errno(errno, "place file '{}'", file.path);
    return {};
}

} // namespace

Status place_file(int root, const PlacedFile& file) {
    const mode_t kind = file.mode & S_IFMT;
    const bool is_regular = kind == S_IFREG || kind == 0;
    if (is_regular) RDT_CHECK(check(file));
    if (!is_regular && kind != S_IFDIR && kind != S_IFLNK)
        return fail(Code::invalid_argument, "'{}' is no file, folder or link", file.path);
    RDT_TRY(const auto place, open_parent(root, file));
    const auto& [parent, name] = place;
    if (kind == S_IFDIR) return place_folder(parent.get(), name, file);
    if (kind == S_IFLNK) return place_link(parent.get(), name, file);
    return place_regular(parent.get(), name, file);
}

} // namespace redoubt::guest::mount
