// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/tree_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"

namespace redoubt::guest::image {
namespace {

constexpr mode_t k_folder_mode = 0755;

std::array<timespec, 2> times_of(const oci::LayerEntry& entry) {
    const timespec modified{.tv_sec = entry.mtime_seconds,
                            .tv_nsec = static_cast<long>(entry.mtime_nanoseconds)};
    return {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, modified};
}

uid_t uid_of(const oci::LayerEntry& entry) {
    return static_cast<uid_t>(entry.uid);
}
gid_t gid_of(const oci::LayerEntry& entry) {
    return static_cast<gid_t>(entry.gid);
}

Status set_attributes(int fd, const oci::LayerEntry& entry) {
    for (const auto& [name, value] : entry.xattrs)
        if (::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) != 0)
            return fail_errno(errno, "set attribute '{}'", name.substr(0, 64));
    return {};
}

} // namespace

/// The folder, and those on the way to it: an archive may bring a folder behind what is in it.
Result<UniqueFd> TreeWriter::folder_at(const std::string& path) const {
    auto folder = open_beneath(root_.get(), path, O_PATH | O_DIRECTORY);
    if (folder || folder.error().code != Code::not_found || path == ".") return folder;
    RDT_TRY(const auto place, place_of(path));
    if (::mkdirat(place.parent.get(), place.name.c_str(), k_folder_mode) != 0 && errno != EEXIST)
        return fail_errno(errno, "make folder");
    return open_beneath(root_.get(), path, O_PATH | O_DIRECTORY);
}

Result<TreeWriter::Place> TreeWriter::place_of(const std::string& path) const {
    const auto slash = path.rfind('/');
    RDT_TRY(auto parent, folder_at(slash == std::string::npos ? "." : path.substr(0, slash)));
    return Place{std::move(parent), path.substr(slash == std::string::npos ? 0 : slash + 1)};
}

Status TreeWriter::begin(const oci::LayerEntry& entry) {
    current_ = entry;
    return make(entry).transform_error(context("'{}'", entry.path.substr(0, 200)));
}

Status TreeWriter::make(const oci::LayerEntry& entry) {
    if (entry.kind == oci::EntryKind::directory) return make_folder(entry);
    RDT_TRY(const auto place, place_of(entry.path));
    switch (entry.kind) {
    case oci::EntryKind::file: return make_file(entry, place);
    case oci::EntryKind::symlink:
    case oci::EntryKind::hard_link: return make_link(entry, place);
    case oci::EntryKind::fifo:
    case oci::EntryKind::character_device: break;
    case oci::EntryKind::directory:
    case oci::EntryKind::block_device:
    case oci::EntryKind::other: return fail(Code::internal, "not of a layer's normal form");
    }
    // The only device there is hides what lower layers have: 0:0, which is no device.
    const bool is_whiteout = entry.kind == oci::EntryKind::character_device;
    const mode_t type = is_whiteout ? S_IFCHR : S_IFIFO;
    if (::mknodat(place.parent.get(), place.name.c_str(), type | (is_whiteout ? 0U : 0600U), 0) != 0)
        return fail_errno(errno, "make node");
    if (is_whiteout) return {};
    if (::fchownat(place.parent.get(), place.name.c_str(), uid_of(entry), gid_of(entry),
                   AT_SYMLINK_NOFOLLOW) != 0 ||
        ::fchmodat(place.parent.get(), place.name.c_str(), entry.mode, 0) != 0)
        return fail_errno(errno, "change owner and mode");
    return {};
}

Status TreeWriter::make_folder(const oci::LayerEntry& entry) {
    RDT_CHECK(folder_at(entry.path));
    RDT_TRY(const auto folder, open_beneath(root_.get(), entry.path, O_RDONLY | O_DIRECTORY));
    RDT_CHECK(set_attributes(folder.get(), entry));
    auto kept = entry;
    kept.xattrs.clear();
    folders_.push_back(std::move(kept));
    return {};
}

Status TreeWriter::make_file(const oci::LayerEntry& entry, const Place& place) {
    constexpr int k_flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_.reset(::openat(place.parent.get(), place.name.c_str(), k_flags, 0600));
    if (!file_) return fail_errno(errno, "make file");
    if (::fchown(file_.get(), uid_of(entry), gid_of(entry)) != 0) return fail_errno(errno, "change owner");
    return {};
}

Status TreeWriter::make_link(const oci::LayerEntry& entry, const Place& place) const {
    if (entry.kind == oci::EntryKind::hard_link) {
        RDT_TRY(const auto target, place_of(entry.link));
        if (::linkat(target.parent.get(), target.name.c_str(), place.parent.get(), place.name.c_str(), 0) !=
            0)
            return fail_errno(errno, "link to '{}'", entry.link.substr(0, 200));
        return {};
    }
    if (::symlinkat(entry.link.c_str(), place.parent.get(), place.name.c_str()) != 0)
        return fail_errno(errno, "make symbolic link");
    if (::fchownat(place.parent.get(), place.name.c_str(), uid_of(entry), gid_of(entry),
                   AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno, "change owner");
    const auto times = times_of(entry);
    if (::utimensat(place.parent.get(), place.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
        return fail_errno(errno, "set time");
    return {};
}

Status TreeWriter::data(std::string_view bytes) {
    if (!file_) return {};
    return write_all(file_.get(), bytes).transform_error(context("'{}'", current_.path.substr(0, 200)));
}

/// Attributes come behind the bytes and the owner, which both take a file's capabilities away.
Status TreeWriter::end() {
    if (!file_) return {};
    const auto in_front = context("'{}'", current_.path.substr(0, 200));
    RDT_CHECK(set_attributes(file_.get(), current_).transform_error(in_front));
    const auto times = times_of(current_);
    if (::fchmod(file_.get(), current_.mode) != 0 || ::futimens(file_.get(), times.data()) != 0)
        return fail_errno(errno, "'{}': set mode and time", current_.path.substr(0, 200));
    file_.reset();
    return {};
}

/// Deepest first, as changing what is in a folder changes its time.
Status TreeWriter::finish() {
    while (!folders_.empty()) {
        const auto entry = std::move(folders_.back());
        folders_.pop_back();
        RDT_CHECK(dress_folder(entry).transform_error(context("'{}'", entry.path.substr(0, 200))));
    }
    return {};
}

Status TreeWriter::dress_folder(const oci::LayerEntry& entry) const {
    RDT_TRY(const auto folder, open_beneath(root_.get(), entry.path, O_RDONLY | O_DIRECTORY));
    const auto times = times_of(entry);
    if (::fchown(folder.get(), uid_of(entry), gid_of(entry)) != 0 ||
        ::fchmod(folder.get(), entry.mode) != 0 || ::futimens(folder.get(), times.data()) != 0)
        return fail_errno(errno, "set owner, mode and time");
    return {};
}

} // namespace redoubt::guest::image
