// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/launch/container_mounts.hpp"
#include "node-daemon/launch/plan.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/sandbox/volume_use.hpp"
#include "node-daemon/storage/volume_store.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::uint64_t k_block = 4096;

/// The container that has the volume's disk now, if any.
std::shared_ptr<Container> holder_of(const Node& node, const std::string& volume) {
    for (const auto& user : users_of(node, volume))
        if (user->sandbox) return user;
    return nullptr;
}

Result<std::size_t> number_of_disk(const Container& container, const std::string& volume) {
    const auto disks = launch::list_disks(container.spec.mounts);
    for (std::size_t i = 0; i < disks.size(); ++i)
        if (disks[i].kind == launch::MountKind::volume && disks[i].source == volume) return i;
    return fail(Code::internal, "container '{}' has no volume '{}'", container.record.name, volume);
}

/// The VM's disk, then the filesystem on it, grow while the container runs.
Task<void> grow_in_guest(std::shared_ptr<Container> container, std::string volume, std::uint64_t size) {
    const auto sandbox = container->sandbox;
    if (!sandbox->vm || !sandbox->agent || container->state != ContainerState::running)
        co_return fail(Code::failed_precondition, "container '{}', which uses it, is {}: try again",
                       container->record.name, name_of(container->state));
    RDT_CO_TRY(const auto number, number_of_disk(*container, volume));
    RDT_CO_CHECK(co_await sandbox->vm->resize_disk(launch::volume_disk_id(sandbox->slot, number), size));
    const bool is_on_host = launch::is_on_host(container->spec.level);
    const auto folder = is_on_host ? launch::disk_folder(sandbox->runtime_directory, number)
                                   : launch::guest_disk_folder(container->record.id, number);
    co_return co_await sandbox->agent->resize_volume(folder, 0);
}

Status check_size(const store::VolumeRecord& record, std::uint64_t size) {
    if (record.is_encrypted)
        return fail(Code::unimplemented, "volume '{}' is encrypted: it cannot grow", record.name);
    if (size < record.size_bytes)
        return fail(Code::out_of_range, "volume '{}' has {} bytes, and {} are less: a volume only grows",
                    record.name, record.size_bytes, size);
    if (size > storage::k_max_volume)
        return fail(Code::invalid_argument, "volume '{}': {} bytes are more than 16 TiB", record.name, size);
    return {};
}

} // namespace

Task<VolumeInfo> resize_volume(Node& node, std::string volume, std::uint64_t size_bytes) {
    const auto turn = co_await node.volume_changes.lock();
    const auto found = node.volume_records.find(volume);
    if (found == node.volume_records.end()) co_return fail(Code::not_found, "no volume '{}'", volume);
    const auto size = size_bytes / k_block * k_block;
    RDT_CO_CHECK(check_size(found->second, size));
    RDT_CO_CHECK(co_await node.volumes.grow(volume, size));
    // Kept before the guest is asked: a larger disk under a smaller filesystem grows at the next start.
    found->second.size_bytes = size;
    auto row = found->second;
    RDT_CO_CHECK(co_await node.store.save(std::move(row)));
    if (auto holder = holder_of(node, volume)) {
        auto grown = co_await grow_in_guest(std::move(holder), volume, size);
        if (!grown) co_return std::unexpected(grown.error().within("grow volume '" + volume + "'"));
    }
    log::info("volume resized", {{"VOLUME", volume}});
    co_return describe_volume(node, node.volume_records.at(volume));
}

} // namespace redoubt::node::sandbox
