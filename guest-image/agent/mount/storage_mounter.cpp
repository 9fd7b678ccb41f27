// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/storage_mounter.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/file.hpp"
#include "common/base/mount.hpp"
#include "common/base/safe_open.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/scsi_disk.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::array<std::string_view, 2> k_disk_filesystems = {"erofs", "ext4"};

/// Takes `key=value` out of option words. Errors: not given, or given twice.
Result<std::string> take_option(std::vector<std::string>& options, std::string_view key) {
    const std::string prefix = std::string(key) + "=";
    const auto first =
        std::ranges::find_if(options, [&](const auto& word) { return word.starts_with(prefix); });
    if (first == options.end()) return fail(Code::not_found, "option {} is missing", key);
    std::string value = first->substr(prefix.size());
    options.erase(first);
    if (std::ranges::any_of(options, [&](const auto& word) { return word.starts_with(prefix); }))
        return fail(Code::invalid_argument, "option {} is given twice", key);
    return value;
}

/// The verity part of a storage's driver options; nothing when it asks for none.
Result<std::optional<VerityTarget>> verity_of(std::vector<std::string> options, std::string device) {
    const bool is_wanted =
        std::ranges::any_of(options, [](const auto& word) { return word.starts_with("verity_"); });
    if (!is_wanted) return std::optional<VerityTarget>{};
    VerityTarget target;
    target.device = std::move(device);
    RDT_TRY(target.root_hash, take_option(options, "verity_root_hash"));
    RDT_TRY(target.salt, take_option(options, "verity_salt"));
    RDT_TRY(const auto blocks, take_option(options, "verity_data_blocks"));
    const auto [end, error] =
        std::from_chars(blocks.data(), blocks.data() + blocks.size(), target.data_blocks);
    if (error != std::errc{} || end != blocks.data() + blocks.size())
        return fail(Code::invalid_argument, "verity_data_blocks: '{}' is not a number", blocks);
    RDT_CHECK(check_verity_target(target));
    return target;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

Status set_option(int context, const char* key, const std::string& value) {
    if (::fsconfig(context, FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0)
        return fail_errno(errno, "overlay option {}={}", key, value);
    return {};
}

} // namespace

std::vector<std::string> storage_drivers() {
    return {"scsi", "overlayfs", "ephemeral", "bind", "local"};
}

Result<StorageMounter> StorageMounter::open(std::filesystem::path base, Duration hotplug_timeout) {
    RDT_TRY(auto folder, open_file(base, O_PATH | O_DIRECTORY));
    return StorageMounter(std::move(base), std::move(folder), hotplug_timeout);
}

Result<std::string> StorageMounter::inside_base(const std::string& path) const {
    const std::string prefix = base_.native() + "/";
    const auto parts = split(path, '/');
    if (!path.starts_with(prefix) || path.size() == prefix.size() || std::ranges::contains(parts, ".."))
        return fail(Code::invalid_argument, "path '{}' does not lie below {}", path, base_.native());
    return path.substr(prefix.size());
}

Result<UniqueFd> StorageMounter::open_target(const std::string& mount_point) const {
    RDT_TRY(const auto inside, inside_base(mount_point));
    RDT_CHECK(create_in_root(folder_.get(), inside, NodeKind::folder));
    // The second look refuses a way that led through a link.
    return open_beneath(folder_.get(), inside, O_PATH | O_DIRECTORY);
}

Task<void> StorageMounter::acquire(Storage storage) {
    if (const auto found = mounts_.find(storage.mount_point); found != mounts_.end()) {
        ++found->second.users;
        co_return Status{};
    }
    auto made = co_await make(storage);
    if (!made)
        co_return std::unexpected(
            made.error().within(std::format("storage {} at {}", storage.driver, storage.mount_point)));
    made->order = ++made_count_;
    mounts_.insert_or_assign(storage.mount_point, std::move(*made));
    co_return Status{};
}

Task<StorageMounter::Made> StorageMounter::make(const Storage& storage) {
    if (storage.driver == "scsi") co_return co_await make_scsi(storage);
    if (storage.driver == "overlayfs") co_return make_overlay(storage);
    if (storage.driver == "ephemeral") co_return make_tmpfs(storage);
    if (storage.driver == "bind") co_return make_bind(storage);
    if (storage.driver == "local") co_return make_local(storage);
    co_return fail(Code::unimplemented, "storage driver '{}' is not implemented by this agent",
                   storage.driver);
}

Task<StorageMounter::Made> StorageMounter::make_scsi(Storage storage) {
    if (!std::ranges::contains(k_disk_filesystems, storage.fstype))
        co_return fail(Code::invalid_argument, "filesystem type '{}' is not one of erofs, ext4",
                       storage.fstype);
    RDT_CO_TRY(const auto address, parse_scsi_address(storage.source));
    RDT_CO_TRY(auto device, co_await wait_for_scsi_disk(address, hotplug_timeout_));
    RDT_CO_TRY(const auto verity, verity_of(storage.driver_options, device));
    RDT_CO_TRY(const auto target, open_target(storage.mount_point));
    auto options = parse_mount_options(storage.options);
    options.set |= MOUNT_ATTR_NODEV; // an image's device nodes are not its to bring
    Made made;
    if (verity) {
        made.verity_device = std::format("redoubt-{}", ++device_count_);
        RDT_CO_TRY(device, create_verity_device(made.verity_device, *verity));
        options.set |= MOUNT_ATTR_RDONLY;
    }
    auto mounted = make_filesystem(storage.fstype, device, options).and_then([&](const UniqueFd& mount) {
        return attach_mount(mount.get(), target.get());
    });
    if (mounted) co_return made;
    if (verity) auto removed = remove_device(made.verity_device);
    co_return std::unexpected(mounted.error());
}

Result<std::string> StorageMounter::checked_lower(const std::string& path) const {
    RDT_TRY(const auto inside, inside_base(path));
    RDT_CHECK(open_beneath(folder_.get(), inside, O_PATH | O_DIRECTORY).transform_error(context("lowerdir")));
    return path;
}

/// Layers are passed one by one, so that their number is not bounded by the page that mount(2) takes.
Result<StorageMounter::Made> StorageMounter::make_overlay(const Storage& storage) {
    auto words = storage.options;
    RDT_TRY(const auto lower, take_option(words, "lowerdir"));
    const auto upper = take_option(words, "upperdir");
    const auto work = take_option(words, "workdir");
    if (upper.has_value() != work.has_value())
        return fail(Code::invalid_argument, "upperdir and workdir are needed together");
    RDT_TRY(const auto target, open_target(storage.mount_point));
    const UniqueFd context(::fsopen("overlay", FSOPEN_CLOEXEC));
    if (!context) return fail_errno(errno, "open filesystem type overlay");
    RDT_CHECK(set_option(context.get(), "source", "overlay"));
    for (const auto& layer : split(lower, ':')) {
        RDT_TRY(const auto path, checked_lower(layer));
        RDT_CHECK(set_option(context.get(), "lowerdir+", path));
    }
    if (upper) {
        RDT_CHECK(open_target(*upper));
        RDT_CHECK(open_target(*work));
        RDT_CHECK(set_option(context.get(), "upperdir", *upper));
        RDT_CHECK(set_option(context.get(), "workdir", *work));
    }
    const auto options = parse_mount_options(words);
    for (const auto& word : options.data)
        return fail(Code::invalid_argument, "overlay option '{}' is not allowed", word);
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return fail_errno(errno, "make the overlay");
    const UniqueFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(options.set)));
    if (!mount) return fail_errno(errno, "mount the overlay");
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    return Made{};
}

Result<StorageMounter::Made> StorageMounter::make_tmpfs(const Storage& storage) {
    if (!storage.fstype.empty() && storage.fstype != "tmpfs")
        return fail(Code::invalid_argument, "filesystem type '{}' is not tmpfs", storage.fstype);
    RDT_TRY(const auto target, open_target(storage.mount_point));
    RDT_TRY(const auto mount, make_filesystem("tmpfs", "tmpfs", parse_mount_options(storage.options)));
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    return Made{};
}

Result<StorageMounter::Made> StorageMounter::make_bind(const Storage& storage) {
    RDT_TRY(const auto source_inside, inside_base(storage.source));
    RDT_TRY(const auto source, open_beneath(folder_.get(), source_inside, O_PATH));
    RDT_TRY(const auto inside, inside_base(storage.mount_point));
    struct stat status{};
    if (::fstat(source.get(), &status) != 0) return fail_errno(errno, "stat {}", storage.source);
    const auto kind = S_ISDIR(status.st_mode) ? NodeKind::folder : NodeKind::file;
    RDT_CHECK(create_in_root(folder_.get(), inside, kind));
    RDT_TRY(const auto target, open_beneath(folder_.get(), inside, O_PATH));
    auto options = parse_mount_options(storage.options);
    if (options.bind == BindKind::none) options.bind = BindKind::recursive;
    RDT_TRY(const auto mount, clone_mount(source.get(), options));
    RDT_CHECK(attach_mount(mount.get(), target.get()));
    return Made{};
}

/// A folder in the guest's memory, with the mode that `mode=` says.
Result<StorageMounter::Made> StorageMounter::make_local(const Storage& storage) {
    RDT_TRY(const auto target, open_target(storage.mount_point));
    auto words = storage.options;
    if (const auto text = take_option(words, "mode")) {
        unsigned mode = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), mode, 8);
        if (error != std::errc{} || end != text->data() + text->size() || mode > 07777)
            return fail(Code::invalid_argument, "mode '{}' is not octal", *text);
        if (::chmod(path_of(target.get()).c_str(), mode) != 0) return fail_errno(errno, "change mode");
    }
    Made made;
    made.is_mounted = false;
    return made;
}

Status StorageMounter::unmount(const std::string& mount_point, const Made& made) const {
    if (made.is_mounted && ::umount2(mount_point.c_str(), UMOUNT_NOFOLLOW) != 0) {
        // Somebody still stands in it: take it off the tree now, the kernel lets go when they leave.
        if (::umount2(mount_point.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) != 0)
            return fail_errno(errno, "unmount {}", mount_point);
    }
    if (!made.verity_device.empty()) RDT_CHECK(remove_device(made.verity_device));
    return {};
}

Status StorageMounter::release(const std::string& mount_point) {
    const auto found = mounts_.find(mount_point);
    if (found == mounts_.end()) return fail(Code::not_found, "no storage at {}", mount_point);
    if (--found->second.users > 0) return {};
    const Made made = std::move(found->second);
    mounts_.erase(found);
    return unmount(mount_point, made);
}

void StorageMounter::release_all() {
    std::vector<std::pair<std::string, Made>> all(mounts_.begin(), mounts_.end());
    std::ranges::sort(all, std::greater{}, [](const auto& entry) { return entry.second.order; });
    mounts_.clear();
    // The sandbox is going: what cannot be unmounted goes with the guest.
    for (const auto& [mount_point, made] : all) auto ignored = unmount(mount_point, made);
}

} // namespace redoubt::guest::mount
