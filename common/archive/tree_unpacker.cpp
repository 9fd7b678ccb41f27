// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/archive/tree_unpacker.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"

namespace redoubt::archive {
namespace {

constexpr std::size_t k_longest_part = 255; // NAME_MAX
constexpr std::uint32_t k_plain_permissions = 01777;
constexpr mode_t k_folder_mode = 0755;
constexpr int k_deepest = 512;

std::array<timespec, 2> times_of(const Entry& entry) {
    const timespec modified{.tv_sec = entry.mtime_seconds,
                            .tv_nsec = static_cast<long>(entry.mtime_nanoseconds)};
    return {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, modified};
}

Status remove_tree(int parent, const std::string& name, int depth);

Status empty_folder(int folder, int depth) {
    UniqueFd own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return fail_errno(errno, "open a folder to be replaced");
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
    if (!stream) return fail_errno(errno, "read a folder to be replaced");
    [[maybe_unused]] const int released = own.release(); // the stream's now
    std::vector<std::string> names;
    while (const auto* entry =
               ::readdir(stream.get())) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string_view name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.emplace_back(name);
    }
    for (const auto& name : names) RDT_CHECK(remove_tree(folder, name, depth));
    return {};
}

/// A file, link or folder with all in it; links are not followed.
Status remove_tree(int parent, const std::string& name, int depth) {
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return fail_errno(errno, "remove {}", name);
    if (depth >= k_deepest) return fail(Code::unimplemented, "remove {}: too deep", name);
    const UniqueFd folder(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return fail_errno(errno, "remove {}", name);
    RDT_CHECK(empty_folder(folder.get(), depth + 1));
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0) return fail_errno(errno, "remove {}", name);
    return {};
}

std::string joined(const std::string& folder, const std::string& name) {
    if (folder.empty() || name.empty()) return folder + name;
    return folder + (folder.ends_with('/') ? "" : "/") + name;
}

} // namespace

Result<std::string> normalise_name(std::string_view name) {
    std::string path;
    const auto whole = name;
    while (!name.empty()) {
        const auto end = std::min(name.find('/'), name.size());
        const auto part = name.substr(0, end);
        name.remove_prefix(std::min(end + 1, name.size()));
        if (part.empty() || part == ".") continue;
        if (part == "..") return fail(Code::invalid_argument, "entry '{}': contains '..'", whole);
        if (part.size() > k_longest_part)
            return fail(Code::invalid_argument, "entry '{}...': a part of its name is longer than {} bytes",
                        whole.substr(0, 64), k_longest_part);
        if (part.find('\0') != std::string_view::npos)
            return fail(Code::invalid_argument, "an entry's name holds a NUL byte");
        path += (path.empty() ? "" : "/") + std::string(part);
    }
    return path;
}

Status TreeUnpacker::feed(std::string_view bytes) {
    return reader_.feed(bytes);
}

Result<std::uint64_t> TreeUnpacker::finish() {
    RDT_CHECK(reader_.finish());
    RDT_CHECK(finish_folders());
    return reader_.entries();
}

Result<UniqueFd> TreeUnpacker::open_folder(const std::string& path) const {
    constexpr int k_flags = O_PATH | O_DIRECTORY;
    const std::string place = path.empty() ? "." : path;
    return rules_.links == LinkRule::refuse ? open_beneath(root_.get(), place, k_flags)
                                            : open_in_root(root_.get(), place, k_flags);
}

/// Folders that no entry describes, as archives may leave them out.
Result<UniqueFd> TreeUnpacker::make_folders(const std::string& path) {
    auto folder = open_folder(path);
    if (folder || folder.error().code != Code::not_found || path.empty()) return folder;
    const auto slash = path.rfind('/');
    RDT_TRY(const auto parent, make_folders(slash == std::string::npos ? "" : path.substr(0, slash)));
    const auto name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (::mkdirat(parent.get(), name.c_str(), k_folder_mode) != 0 && errno != EEXIST)
        return fail_errno(errno, "make folder {}", path);
    if (!rules_.keeps_owners) RDT_CHECK(set_owner(parent.get(), name.c_str(), {}));
    return open_folder(path);
}

Result<TreeUnpacker::Place> TreeUnpacker::place_of(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto below = slash == std::string::npos ? "" : path.substr(0, slash);
    RDT_TRY(auto parent, make_folders(joined(folder_, below)));
    return Place{std::move(parent), path.substr(slash == std::string::npos ? 0 : slash + 1)};
}

Status TreeUnpacker::begin(const Entry& entry) {
    current_ = entry;
    RDT_TRY(const auto path, normalise_name(entry.path));
    if (path.empty()) {
        if (entry.kind == EntryKind::folder) return {}; // the folder itself, which is there
        return fail(Code::invalid_argument, "entry '{}': no name", entry.path);
    }
    return place_of(path)
        .and_then([&](const Place& place) { return make(entry, path, place); })
        .transform_error([&](const Error& error) { return error.within(path); });
}

Status TreeUnpacker::make(const Entry& entry, const std::string& path, const Place& place) {
    if (entry.kind == EntryKind::folder) return make_folder(entry, path, place);
    RDT_CHECK(clear(entry, place));
    switch (entry.kind) {
    case EntryKind::file: return make_file(entry, place);
    case EntryKind::symbolic_link:
    case EntryKind::hard_link: return make_link(entry, place);
    case EntryKind::pipe:
    case EntryKind::character_device:
    case EntryKind::block_device: return make_node(entry, place);
    case EntryKind::folder: break;
    }
    return {};
}

/// What is there must go first, so that nothing is written through it.
Status TreeUnpacker::clear(const Entry& entry, const Place& place) {
    struct stat status{};
    if (::fstatat(place.parent.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? Status() : fail_errno(errno, "look at what is there");
    if (S_ISDIR(status.st_mode)) {
        if (!rules_.allows_overwrite)
            return fail(Code::already_exists, "cannot overwrite a folder with what is none: use --overwrite");
        return remove_tree(place.parent.get(), place.name, 0);
    }
    if (::unlinkat(place.parent.get(), place.name.c_str(), 0) == 0 || errno == ENOENT) return {};
    // Something is mounted there, as at /etc/hosts: that file can only be written.
    if (errno == EBUSY && entry.kind == EntryKind::file) return {};
    return fail_errno(errno, "replace what is there");
}

Status TreeUnpacker::make_folder(const Entry& entry, const std::string& path, const Place& place) {
    const int parent = place.parent.get();
    const char* const name = place.name.c_str();
    if (::mkdirat(parent, name, 0700) != 0) {
        if (errno != EEXIST) return fail_errno(errno, "make folder");
        // One that is there stays as it is; a link to one is as good where links are followed.
        if (open_folder(joined(folder_, path))) return {};
        if (!rules_.allows_overwrite)
            return fail(Code::already_exists, "cannot overwrite what is no folder with one: use --overwrite");
        if (::unlinkat(parent, name, 0) != 0) return fail_errno(errno, "replace what is there");
        if (::mkdirat(parent, name, 0700) != 0) return fail_errno(errno, "make folder");
    }
    RDT_CHECK(set_owner(parent, name, entry));
    folders_.push_back({path, entry});
    return {};
}

Status TreeUnpacker::make_file(const Entry& entry, const Place& place) {
    constexpr int k_flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const char* const name = place.name.c_str();
    file_.reset(::openat(place.parent.get(), name, k_flags | O_CREAT | O_EXCL, 0600));
    if (!file_ && errno == EEXIST) file_.reset(::openat(place.parent.get(), name, k_flags | O_TRUNC));
    if (!file_) return fail_errno(errno, "make file");
    // What was there, or has come there meanwhile, is written only when it is a file.
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) return fail_errno(errno, "look at what is there");
    if (!S_ISREG(status.st_mode)) return fail(Code::failed_precondition, "what is there is no file");
    return set_owner(file_.get(), nullptr, entry);
}

Status TreeUnpacker::make_link(const Entry& entry, const Place& place) {
    const char* const name = place.name.c_str();
    if (entry.kind == EntryKind::symbolic_link) {
        if (::symlinkat(entry.link.c_str(), place.parent.get(), name) != 0)
            return fail_errno(errno, "make link");
        RDT_CHECK(set_owner(place.parent.get(), name, entry));
        const auto times = times_of(entry);
        ::utimensat(place.parent.get(), name, times.data(), AT_SYMLINK_NOFOLLOW); // or not: it is a link
        return {};
    }
    RDT_TRY(const auto target, normalise_name(entry.link));
    RDT_TRY(const auto from, place_of(target));
    if (::linkat(from.parent.get(), from.name.c_str(), place.parent.get(), name, 0) != 0)
        return fail_errno(errno, "make hard link to {}", target);
    return {};
}

Status TreeUnpacker::make_node(const Entry& entry, const Place& place) {
    const bool is_pipe = entry.kind == EntryKind::pipe;
    if (!is_pipe && !rules_.allows_devices)
        return fail(Code::permission_denied, "a device, which is not taken out of a container");
    const mode_t type = is_pipe ? S_IFIFO : entry.kind == EntryKind::character_device ? S_IFCHR : S_IFBLK;
    const dev_t device = is_pipe ? 0 : makedev(entry.device_major, entry.device_minor);
    const char* const name = place.name.c_str();
    if (::mknodat(place.parent.get(), name, type | 0600U, device) != 0) return fail_errno(errno, "make node");
    RDT_CHECK(set_owner(place.parent.get(), name, entry));
    if (::fchmodat(place.parent.get(), name, mode_of(entry), 0) != 0) return fail_errno(errno, "change mode");
    return {};
}

/// `name`: relative to the folder `fd`; null: `fd` itself.
Status TreeUnpacker::set_owner(int fd, const char* name, const Entry& entry) const {
    if (!rules_.keeps_owners && !rules_.owner) return {};
    const auto owner = rules_.keeps_owners ? Owner{.uid = entry.uid, .gid = entry.gid} : *rules_.owner;
    const int done = name == nullptr ? ::fchown(fd, owner.uid, owner.gid)
                                     : ::fchownat(fd, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW);
    if (done != 0) return fail_errno(errno, "change owner to {}:{}", owner.uid, owner.gid);
    return {};
}

std::uint32_t TreeUnpacker::mode_of(const Entry& entry) const {
    return rules_.keeps_owners ? entry.mode : entry.mode & k_plain_permissions;
}

Status TreeUnpacker::data(std::string_view bytes) {
    return write_all(file_.get(), bytes).transform_error(context("{}", current_.path));
}

Status TreeUnpacker::end() {
    if (!file_) return {};
    const auto times = times_of(current_);
    if (::fchmod(file_.get(), mode_of(current_)) != 0)
        return fail_errno(errno, "{}: change mode", current_.path);
    ::futimens(file_.get(), times.data()); // some filesystems keep none
    file_.reset();
    return {};
}

/// Deepest first, as changing what is in a folder changes its time.
Status TreeUnpacker::finish_folders() {
    while (!folders_.empty()) {
        const auto made = std::move(folders_.back());
        folders_.pop_back();
        RDT_TRY(const auto place, place_of(made.path));
        const UniqueFd folder(::openat(place.parent.get(), place.name.c_str(),
                                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!folder) continue; // a later entry has put something else there
        if (::fchmod(folder.get(), mode_of(made.entry)) != 0)
            return fail_errno(errno, "{}: change mode", made.path);
        const auto times = times_of(made.entry);
        ::futimens(folder.get(), times.data());
    }
    return {};
}

} // namespace redoubt::archive
