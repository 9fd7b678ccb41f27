// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/storage_mounter.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <utility>
#include <vector>

#include "common/base/file.hpp"
#include "common/base/safe_open.hpp"
#include "common/log/log.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/fs_group.hpp"
#include "guest-image/agent/mount/option_words.hpp"

namespace redoubt::guest::mount {

namespace {

/// A hundred containers of as many layers as most images have.
constexpr std::size_t k_max_mounts = 4096;
constexpr auto k_look_again = std::chrono::milliseconds(5);
/// How late a watched copy may be. Source: Kata 4.1.0.
constexpr auto k_watch_interval = std::chrono::seconds(2);

/// Keeps a name in a set while it lives.
class Listed {
  public:
    Listed(std::set<std::string>& all, std::string name) : all_(all), name_(std::move(name)) {
        all_.insert(name_);
    }
    ~Listed() { all_.erase(name_); }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

  private:
    std::set<std::string>& all_;
    std::string name_;
};

} // namespace

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

Result<UniqueFd> StorageMounter::open_inside(const std::string& path, int flags) const {
    RDT_TRY(const auto inside, inside_base(path));
    return open_beneath(folder_.get(), inside, flags);
}

Result<UniqueFd> StorageMounter::open_target(const std::string& path) const {
    RDT_TRY(const auto inside, inside_base(path));
    RDT_CHECK(create_in_root(folder_.get(), inside, NodeKind::folder));
    // The second look refuses a way that led through a link.
    return open_beneath(folder_.get(), inside, O_PATH | O_DIRECTORY);
}

Task<void> StorageMounter::acquire(Storage storage) {
    co_return co_await acquire_with(std::move(storage), nullptr);
}

Task<void> StorageMounter::acquire_kept(Storage storage, const VolumeKey& key) {
    co_return co_await acquire_with(std::move(storage), &key);
}

Task<void> StorageMounter::acquire_with(Storage storage, const VolumeKey* key) {
    const auto in_front =
        context("storage {} at {}", storage.driver.substr(0, 64), storage.mount_point.substr(0, 256));
    RDT_CO_CHECK(check_storage(storage).transform_error(in_front));
    const std::string mount_point = storage.mount_point;
    // Two containers that share a storage may be made at the same time.
    while (being_made_.contains(mount_point)) {
        co_await sleep_for(k_look_again);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for storage at {}: the caller has gone", mount_point);
    }
    if (const auto found = mounts_.find(mount_point); found != mounts_.end()) {
        // Something else at its place would be written to in its stead.
        if (key != nullptr)
            co_return fail(Code::already_exists, "storage at {}: something else is mounted there",
                           mount_point);
        ++found->second.users;
        co_return Status{};
    }
    if (mounts_.size() + being_made_.size() >= k_max_mounts)
        co_return fail(Code::resource_exhausted, "there are {} storages already", k_max_mounts);
    const Listed listed(being_made_, mount_point);
    auto made = (co_await make(std::move(storage), key)).transform_error(in_front);
    if (!made) co_return std::unexpected(made.error());
    made->order = ++made_count_;
    mounts_.insert_or_assign(mount_point, std::move(*made));
    co_return Status{};
}

Result<StorageMounter::Made> StorageMounter::make_without_disk(const Storage& storage) const {
    if (storage.driver == "overlayfs") return make_overlay(storage);
    if (storage.driver == "ephemeral") return make_tmpfs(storage);
    if (storage.driver == "local") return make_local(storage);
    if (storage.driver == "bind") return make_bind(storage);
    if (storage.driver == "watchable-bind") return make_watched(storage);
    return fail(Code::unimplemented, "storage driver '{}' is not implemented by this agent",
                storage.driver.substr(0, 64));
}

Task<StorageMounter::Made> StorageMounter::make(Storage storage, const VolumeKey* key) {
    const auto& driver = storage.driver;
    const bool is_disk =
        driver == "scsi" || driver == "blk" || driver == "mmioblk" || driver == "erofs.multi-layer";
    if (!is_disk && !storage.driver_options.empty())
        co_return fail(Code::unimplemented, "driver option '{}' is not implemented by this agent",
                       storage.driver_options.front().substr(0, 64));
    auto made = is_disk ? Result<Made>() : make_without_disk(storage);
    if (is_disk) made = co_await make_disk(storage, key);
    if (!made || !storage.fs_group) co_return made;
    auto given = co_await give_to_group(storage);
    if (given) co_return made;
    auto ignored = unmount(storage.mount_point, *made);
    co_return std::unexpected(given.error());
}

/// What is read-only stays as it is.
Task<void> StorageMounter::give_to_group(Storage storage) const {
    if (std::ranges::contains(storage.options, "ro")) co_return Status{};
    if (storage.fs_group->gid == static_cast<gid_t>(-1))
        co_return fail(Code::invalid_argument, "{} is no group", storage.fs_group->gid);
    RDT_CO_TRY(auto root, open_inside(storage.mount_point, O_PATH));
    co_return co_await apply_fs_group(std::move(root), *storage.fs_group);
}

Status StorageMounter::unmount(const std::string& mount_point, const Made& made) const {
    if (made.is_mounted && ::umount2(mount_point.c_str(), UMOUNT_NOFOLLOW) != 0) {
        // Somebody still stands in it: take it off the tree now, the kernel lets go when they leave.
        if (::umount2(mount_point.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) != 0)
            return fail_errno(errno, "unmount {}", mount_point);
    }
    if (made.copy) made.copy->clear();
    for (const auto& name : made.mapped) RDT_CHECK(remove_device(name));
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
    const auto all = std::exchange(mounts_, {});
    std::vector<const std::pair<const std::string, Made>*> order;
    order.reserve(all.size());
    for (const auto& entry : all) order.push_back(&entry);
    std::ranges::sort(order, std::greater{}, [](const auto* entry) { return entry->second.order; });
    // The sandbox is going: what cannot be unmounted goes with the guest.
    for (const auto* entry : order) auto ignored = unmount(entry->first, entry->second);
}

asio::awaitable<void> StorageMounter::keep_copies_current() {
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none) {
        for (const auto& [mount_point, made] : mounts_) {
            if (!made.copy) continue;
            if (const auto updated = made.copy->update(); !updated)
                log::warning("watched storage is not up to date: " + updated.error().message,
                             {{"MOUNT_POINT", mount_point}});
        }
        co_await sleep_for(k_watch_interval);
    }
}

} // namespace redoubt::guest::mount
