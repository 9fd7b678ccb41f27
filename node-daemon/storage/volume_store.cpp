// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/volume_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/unwind.hpp"
#include "node-daemon/storage/disk_programs.hpp"

namespace redoubt::node::storage {
namespace {

namespace fs = std::filesystem;

constexpr const char* k_mkfs = "/usr/sbin/mkfs.ext4";
constexpr std::string_view k_scratch_prefix = "tmp-";
// Nobody but root may set or take away an attribute of the first kind. A daemon that is not root, which
// mounts no volume, marks by the second; one that is root again believes either.
constexpr const char* k_guest_mark = "trusted.redoubt.guest";
constexpr const char* k_guest_mark_of_user = "user.redoubt.guest";
constexpr std::uint64_t k_stat_block = 512; // st_blocks' unit, whatever the filesystem's

Status make_folder(const fs::path& path, mode_t mode) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return fail_errno(error.value(), "make folder {}", path.native());
    if (::chmod(path.c_str(), mode) != 0) return fail_errno(errno, "chmod {}", path.native());
    return {};
}

/// What the new filesystem begins with: a folder "_data", empty.
Result<fs::path> make_skeleton(const fs::path& parent, mode_t mode) {
    auto name = (parent / k_scratch_prefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return fail_errno(errno, "make a folder in {}", parent.native());
    RDT_CHECK(make_folder(fs::path(name) / "_data", mode));
    return fs::path(name);
}

/// The host's space is taken as the guest writes: the journal and the tables of inodes are not written now.
Status make_filesystem(const fs::path& file, mode_t mode) {
    RDT_TRY(const auto skeleton, make_skeleton(file.parent_path(), mode));
    Unwind undo;
    undo.push([&skeleton] {
        std::error_code ignored;
        fs::remove_all(skeleton, ignored);
    });
    return run_disk_program({k_mkfs, "-q", "-F", "-b", "4096", "-m", "0", "-d", skeleton.native(), "-E",
                             "lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0",
                             file.native()},
                            "e2fsprogs");
}

Status set_size(const fs::path& file, int fd, std::uint64_t size) {
    if (::ftruncate(fd, static_cast<off_t>(size)) != 0)
        return fail_errno(errno, "make {} {} bytes large", file.native(), size);
    if (::fsync(fd) != 0) return fail_errno(errno, "sync {}", file.native());
    return {};
}

Status make_disk(const fs::path& file, std::uint64_t size, VolumeContent content) {
    RDT_CHECK(make_folder(file.parent_path(), 0700));
    RDT_TRY(const auto fd, open_file(file, O_RDWR | O_CREAT | O_EXCL, 0600));
    Unwind undo;
    undo.push([&file] { ::unlink(file.c_str()); });
    RDT_CHECK(set_size(file, fd.get(), size));
    if (content == VolumeContent::filesystem) RDT_CHECK(make_filesystem(file, 0755));
    if (content == VolumeContent::scratch) RDT_CHECK(make_filesystem(file, 0777));
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", file.native());
    undo.commit();
    return {};
}

} // namespace

Status VolumeStore::check_place() const {
    if (place_ == VolumePlace::state) return {};
    struct stat folder{};
    struct stat parent{};
    if (::stat(folder_.c_str(), &folder) == 0 && ::stat(folder_.parent_path().c_str(), &parent) == 0 &&
        folder.st_dev != parent.st_dev)
        return {};
    return fail(Code::failed_precondition, "the disk of volumes is not mounted at {}", folder_.native());
}

void VolumeStore::remove_leftovers() const {
    std::error_code error;
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().filename().native().starts_with(k_scratch_prefix))
            fs::remove_all(entry->path(), ignored);
    }
}

fs::path VolumeStore::file_of(const std::string& name) const {
    return folder_ / (name + ".img");
}

std::uint64_t VolumeStore::used_bytes(const std::string& name) const {
    struct stat status{};
    if (::stat(file_of(name).c_str(), &status) != 0) return 0;
    return static_cast<std::uint64_t>(status.st_blocks) * k_stat_block;
}

Task<void> VolumeStore::create(std::string name, std::uint64_t size, VolumeContent content) {
    RDT_CO_CHECK(check_place());
    co_return co_await offload(
        pool_, [file = file_of(name), size, content] { return make_disk(file, size, content); });
}

Task<void> VolumeStore::grow(std::string name, std::uint64_t size) {
    RDT_CO_CHECK(check_place());
    co_return co_await offload(pool_, [file = file_of(name), size]() -> Status {
        RDT_TRY(const auto fd, open_file(file, O_RDWR));
        return set_size(file, fd.get(), size);
    });
}

Task<void> VolumeStore::remove(std::string name) {
    RDT_CO_CHECK(check_place());
    co_return co_await offload(pool_, [file = file_of(name)]() -> Status {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT)
            return fail_errno(errno, "remove {}", file.native());
        return {};
    });
}

Task<void> VolumeStore::give_to_guest(std::string name) {
    RDT_CO_CHECK(check_place());
    co_return co_await offload(pool_, [file = file_of(name)]() -> Status {
        if (::setxattr(file.c_str(), k_guest_mark, "1", 1, 0) == 0 || errno == ENOTSUP) return {};
        if (errno == EPERM &&
            (::setxattr(file.c_str(), k_guest_mark_of_user, "1", 1, 0) == 0 || errno == ENOTSUP))
            return {};
        return fail_errno(errno, "mark {}", file.native());
    });
}

Task<bool> VolumeStore::had_guest(std::string name) {
    RDT_CO_CHECK(check_place());
    co_return co_await offload(pool_, [file = file_of(name)]() -> Result<bool> {
        for (const auto* mark : {k_guest_mark_of_user, k_guest_mark})
            if (::getxattr(file.c_str(), mark, nullptr, 0) >= 0) return true;
        if (errno == ENODATA) return false;
        if (errno == ENOTSUP) return true;
        return fail_errno(errno, "look at {}", file.native());
    });
}

} // namespace redoubt::node::storage
