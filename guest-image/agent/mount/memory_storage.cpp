// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "common/base/mount.hpp"
#include "guest-image/agent/mount/option_words.hpp"
#include "guest-image/agent/mount/storage_mounter.hpp"

namespace redoubt::guest::mount {

namespace {

/// Kata's word for the group of a volume in memory, which is no mount option.
Result<std::optional<gid_t>> take_fs_gid(std::vector<std::string>& words) {
    const auto text = take_option(words, "fsgid");
    if (!text && text.error().code == Code::not_found) return std::optional<gid_t>{};
    if (!text) return std::unexpected(text.error());
    RDT_TRY(const auto gid, parse_number<gid_t>("fsgid", *text));
    if (gid == static_cast<gid_t>(-1)) return fail(Code::invalid_argument, "fsgid: {} is no group", gid);
    return std::optional(gid);
}

Result<std::optional<mode_t>> take_mode(std::vector<std::string>& words) {
    const auto text = take_option(words, "mode");
    if (!text && text.error().code == Code::not_found) return std::optional<mode_t>{};
    if (!text) return std::unexpected(text.error());
    const auto mode = parse_number<mode_t>("mode", *text, 8);
    if (!mode || *mode > 07777) return fail(Code::invalid_argument, "mode '{}' is not octal", *text);
    return std::optional(*mode);
}

/// A group's volume hands its group down to what is made in it.
Status give(int folder, std::optional<gid_t> gid, std::optional<mode_t> mode) {
    struct stat status{};
    if (::fstat(folder, &status) != 0) return fail_errno(errno, "look at the volume");
    if (gid && ::fchownat(folder, "", static_cast<uid_t>(-1), *gid, AT_EMPTY_PATH) != 0)
        return fail_errno(errno, "change group to {}", *gid);
    const mode_t wanted = mode.value_or(status.st_mode & 07777) | (gid ? S_ISGID : 0U);
    if ((gid || mode) && ::chmod(path_of(folder).c_str(), wanted) != 0)
        return fail_errno(errno, "change mode");
    return {};
}

} // namespace

Result<StorageMounter::Made> StorageMounter::make_tmpfs(Storage storage) const {
    if (!storage.fstype.empty() && storage.fstype != "tmpfs")
        return fail(Code::invalid_argument, "filesystem type '{}' is not tmpfs",
                    storage.fstype.substr(0, 64));
    RDT_TRY(const auto gid, take_fs_gid(storage.options));
    RDT_TRY(const auto target, open_target(storage.mount_point));
    RDT_TRY(const auto mount, make_filesystem("tmpfs", "tmpfs", parse_mount_options(storage.options)));
    RDT_CHECK(give(mount.get(), gid, std::nullopt));
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    Made made;
    made.is_tmpfs = true;
    return made;
}

/// A folder in the guest's memory, with the mode that `mode=` says.
Result<StorageMounter::Made> StorageMounter::make_local(Storage storage) const {
    RDT_TRY(const auto gid, take_fs_gid(storage.options));
    RDT_TRY(const auto mode, take_mode(storage.options));
    RDT_TRY(const auto target, open_target(storage.mount_point));
    RDT_CHECK(give(target.get(), gid, mode));
    Made made;
    made.is_mounted = false;
    return made;
}

Status StorageMounter::update(Storage storage) {
    RDT_CHECK(check_storage(storage));
    if (storage.driver != "ephemeral")
        return fail(Code::invalid_argument,
                    "storage driver '{}' has no options to change, only ephemeral has",
                    storage.driver.substr(0, 64));
    const auto found = mounts_.find(storage.mount_point);
    if (found == mounts_.end()) return fail(Code::not_found, "no storage at {}", storage.mount_point);
    if (!found->second.is_tmpfs)
        return fail(Code::invalid_argument, "the storage at {} is not ephemeral", storage.mount_point);
    RDT_CHECK(take_fs_gid(storage.options)); // it was given away when it was made
    const auto options = parse_mount_options(storage.options);
    RDT_TRY(const auto place, open_inside(storage.mount_point, O_PATH | O_DIRECTORY));
    const UniqueFd context(::fspick(place.get(), "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
    if (!context) return fail_errno(errno, "open the filesystem at {}", storage.mount_point);
    for (const auto& word : options.data) {
        const auto equals = word.find('=');
        if (equals == std::string::npos)
            return fail(Code::invalid_argument, "tmpfs option '{}' has no value", word.substr(0, 64));
        if (::fsconfig(context.get(), FSCONFIG_SET_STRING, word.substr(0, equals).c_str(),
                       word.c_str() + equals + 1, 0) != 0)
            return fail_errno(errno, "tmpfs option '{}'", word.substr(0, 64));
    }
    if (::fsconfig(context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) != 0)
        return fail_errno(errno, "change the options of {}", storage.mount_point);
    return {};
}

} // namespace redoubt::guest::mount
