// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/archive/tree_packer.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
#include <string_view>

namespace redoubt::archive {
namespace {

constexpr std::size_t k_piece = 256UZ * 1024;
constexpr std::size_t k_deepest = 512;
constexpr std::uint32_t k_permissions = 07777;

/// Filesystems whose files are not data: they are endless, or change while they are read.
bool is_kernels(int folder) {
    struct statfs info{};
    if (::fstatfs(folder, &info) != 0) return false;
    constexpr std::array<std::int64_t, 10> k_magics{
        PROC_SUPER_MAGIC, SYSFS_MAGIC,   CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC,
        DEBUGFS_MAGIC,    TRACEFS_MAGIC, BPF_FS_MAGIC,       SECURITYFS_MAGIC,    0x19800202 /* mqueue */};
    return std::ranges::contains(k_magics, static_cast<std::int64_t>(info.f_type));
}

std::optional<EntryKind> kind_of(mode_t mode) {
    if (S_ISREG(mode)) return EntryKind::file;
    if (S_ISDIR(mode)) return EntryKind::folder;
    if (S_ISLNK(mode)) return EntryKind::symbolic_link;
    if (S_ISFIFO(mode)) return EntryKind::pipe;
    if (S_ISCHR(mode)) return EntryKind::character_device;
    if (S_ISBLK(mode)) return EntryKind::block_device;
    return std::nullopt;
}

Entry entry_of(const struct stat& status, EntryKind kind, const std::string& path) {
    Entry entry{.path = path, .kind = kind};
    entry.size_bytes = kind == EntryKind::file ? static_cast<std::uint64_t>(status.st_size) : 0;
    entry.mode = status.st_mode & k_permissions;
    entry.uid = status.st_uid;
    entry.gid = status.st_gid;
    entry.mtime_seconds = status.st_mtim.tv_sec;
    entry.mtime_nanoseconds = static_cast<std::uint32_t>(status.st_mtim.tv_nsec);
    if (kind == EntryKind::character_device || kind == EntryKind::block_device) {
        entry.device_major = major(status.st_rdev);
        entry.device_minor = minor(status.st_rdev);
    }
    return entry;
}

Result<std::string> read_link(int link, const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const auto size = ::readlinkat(link, "", target.data(), target.size());
    if (size < 0) return fail_errno(errno, "read link {}", path);
    return std::string(target.data(), static_cast<std::size_t>(size));
}

/// An O_PATH descriptor, opened for reading. The way over /proc is the only one that cannot be raced.
Result<UniqueFd> reopen(int place, int flags, const std::string& path) {
    const auto self = std::format("/proc/self/fd/{}", place);
    UniqueFd opened(::open(self.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!opened) return fail_errno(errno, "open {}", path);
    return opened;
}

/// Sorted from the back, so that the next one is the last.
Result<std::vector<std::string>> names_in(int folder, const std::string& path) {
    UniqueFd own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return fail_errno(errno, "open folder {}", path);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
    if (!stream) return fail_errno(errno, "read folder {}", path);
    [[maybe_unused]] const int released = own.release(); // the stream's now
    std::vector<std::string> names;
    errno = 0;
    while (const auto* entry =
               ::readdir(stream.get())) { // NOLINT(concurrency-mt-unsafe): a stream of our own
        const std::string_view name(static_cast<const char*>(entry->d_name));
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return fail_errno(errno, "read folder {}", path);
    std::ranges::sort(names, std::ranges::greater());
    return names;
}

} // namespace

Result<std::string> TreePacker::next() {
    if (!std::exchange(has_begun_, true)) RDT_CHECK(begin());
    while (out_.size() < k_piece && !is_done_) RDT_CHECK(step());
    return std::exchange(out_, {});
}

Status TreePacker::begin() {
    struct stat status{};
    if (::fstat(place_.get(), &status) != 0) return fail_errno(errno, "look at {}", name_);
    return add_opened(std::move(place_), name_, status.st_dev);
}

Status TreePacker::step() {
    if (file_) return copy_file();
    if (levels_.empty()) {
        out_ += render_end();
        is_done_ = true;
        return {};
    }
    auto& level = levels_.back();
    if (level.names.empty()) {
        levels_.pop_back();
        return {};
    }
    const auto name = std::move(level.names.back());
    level.names.pop_back();
    return add(level.folder.get(), name, level.path + "/" + name, level.device);
}

Status TreePacker::add(int folder, const std::string& name, const std::string& path, std::uint64_t device) {
    UniqueFd place(::openat(folder, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!place && errno == ENOENT) return {}; // removed meanwhile
    if (!place) return fail_errno(errno, "open {}", path);
    return add_opened(std::move(place), path, device);
}

Status TreePacker::add_opened(UniqueFd place, const std::string& path, std::uint64_t device) {
    struct stat status{};
    if (::fstat(place.get(), &status) != 0) return fail_errno(errno, "look at {}", path);
    const auto kind = kind_of(status.st_mode);
    if (!kind) return {}; // a socket is nothing without its process
    auto entry = entry_of(status, *kind, path);
    if (*kind == EntryKind::symbolic_link) {
        RDT_TRY(entry.link, read_link(place.get(), path));
    }
    if (*kind == EntryKind::file) {
        if (status.st_nlink > 1 && add_as_hard_link(entry, {status.st_dev, status.st_ino})) return {};
        RDT_TRY(file_, reopen(place.get(), O_RDONLY, path));
        file_path_ = path;
        file_left_ = entry.size_bytes;
        file_padding_ = padding_of(entry.size_bytes);
    }
    out_ += render_entry(entry);
    if (*kind != EntryKind::folder) return {};
    if (status.st_dev != device && is_kernels(place.get())) return {};
    return enter(std::move(place), path, status.st_dev);
}

bool TreePacker::add_as_hard_link(Entry& entry, FileId id) {
    const auto [known, is_new] = linked_.emplace(id, entry.path);
    if (is_new) return false;
    entry.kind = EntryKind::hard_link;
    entry.link = known->second;
    entry.size_bytes = 0;
    out_ += render_entry(entry);
    return true;
}

Status TreePacker::enter(UniqueFd folder, std::string path, std::uint64_t device) {
    if (levels_.size() >= k_deepest)
        return fail(Code::unimplemented, "{}...: deeper than {} folders", path.substr(0, 64), k_deepest);
    RDT_TRY(auto names, names_in(folder.get(), path));
    levels_.push_back({std::move(folder), std::move(path), std::move(names), device});
    return {};
}

Status TreePacker::copy_file() {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(file_left_, k_piece));
    const auto before = out_.size();
    out_.resize(before + wanted);
    const auto count = wanted == 0 ? 0 : ::read(file_.get(), out_.data() + before, wanted);
    if (count < 0) return fail_errno(errno, "read {}", file_path_);
    // A file that has become shorter is filled up: its size is in the archive already.
    const auto done = count == 0 ? wanted : static_cast<std::size_t>(count);
    out_.resize(before + done);
    file_left_ -= done;
    if (file_left_ > 0) return {};
    out_.append(file_padding_, '\0');
    file_.reset();
    return {};
}

} // namespace redoubt::archive
