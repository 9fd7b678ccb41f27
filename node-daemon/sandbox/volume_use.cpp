// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/volume_use.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/use_cases.hpp"
#include "node-daemon/storage/host_snapshot.hpp"
#include "node-daemon/storage/volume_store.hpp"

namespace redoubt::node::sandbox {
namespace {

using launch::ContainerMount;
using launch::MountKind;

Status check_bind(const ContainerMount& mount) {
    if (!mount.source.starts_with('/'))
        return fail(Code::invalid_argument, "mount at '{}': '{}' is not an absolute path of this host",
                    mount.target, mount.source);
    if (!mount.read_only)
        return fail(
            Code::invalid_argument,
            "mount at '{}': a micro-VM shares no folder with its host, it gets a snapshot: mount '{}' "
            "read-only, or use a named volume for what the container writes",
            mount.target, mount.source);
    std::error_code error;
    const auto status = std::filesystem::status(mount.source, error);
    if (error == std::errc::permission_denied)
        return fail_errno(error.value(), "mount at '{}': '{}'", mount.target, mount.source);
    if (error || !std::filesystem::exists(status))
        return fail(Code::invalid_argument, "mount at '{}': no '{}' on this host", mount.target,
                    mount.source);
    if (!std::filesystem::is_directory(status) && !std::filesystem::is_regular_file(status))
        return fail(Code::invalid_argument, "mount at '{}': '{}' is neither a file nor a folder",
                    mount.target, mount.source);
    return {};
}

/// Only an attested guest gets the key.
Status check_level(const launch::VolumeDisk& disk, launch::IsolationLevel level) {
    if (disk.key_uri.empty() || level == launch::IsolationLevel::confidential) return {};
    return fail(
        Code::failed_precondition,
        "volume '{}' is kept with {}, which a key broker gives to attested guests alone: it needs the "
        "level confidential, which this container of level {} has not",
        disk.source, disk.key_uri, launch::name_of(level));
}

Task<void> make_missing(Node& node, VolumeRequest request, AsyncUnwind& undo) {
    if (node.volume_records.contains(request.name)) co_return Status{};
    RDT_CO_TRY(auto record, make_volume_record(node, request));
    const auto name = record.name;
    RDT_CO_CHECK(co_await make_volume(node, std::move(record)));
    undo.push([&node, name] { return destroy_volume(node, name); });
    co_return Status{};
}

} // namespace

bool uses_volume(const ContainerSpec& spec, const std::string& volume) {
    return std::ranges::any_of(spec.mounts, [&volume](const auto& mount) {
        return mount.kind == MountKind::volume && mount.source == volume;
    });
}

bool has_volumes(const ContainerSpec& spec) {
    return std::ranges::any_of(spec.mounts,
                               [](const auto& mount) { return mount.kind == MountKind::volume; });
}

ContainerSpec with_image_volumes(ContainerSpec spec, const std::vector<std::string>& places) {
    const auto normal = [](const std::string& path) {
        auto text = std::filesystem::path(path).lexically_normal().native();
        while (text.size() > 1 && text.ends_with('/')) text.pop_back();
        return text;
    };
    for (const auto& place : places) {
        const auto target = normal(place);
        if (std::ranges::none_of(spec.mounts,
                                 [&](const auto& mount) { return normal(mount.target) == target; }))
            spec.mounts.push_back({.kind = MountKind::volume, .source = {}, .target = target});
    }
    return spec;
}

Task<ContainerSpec> prepare_mounts(Node& node, ContainerSpec spec, AsyncUnwind& undo) {
    for (auto& mount : spec.mounts) {
        if (mount.kind == MountKind::bind) RDT_CO_CHECK(check_bind(mount));
        if (mount.kind != MountKind::volume) continue;
        VolumeRequest request;
        request.is_anonymous = mount.source.empty();
        if (mount.source.empty()) mount.source = random_hex(32);
        request.name = mount.source;
        auto made = co_await make_missing(node, std::move(request), undo);
        if (!made) co_return std::unexpected(made.error().within("mount at '" + mount.target + "'"));
    }
    co_return spec;
}

Status check_volumes_free(const Node& node, const Container& wanting) {
    for (const auto& mount : wanting.spec.mounts) {
        if (mount.kind != MountKind::volume) continue;
        for (const auto& user : users_of(node, mount.source))
            if (user->sandbox && user.get() != &wanting)
                return fail(Code::failed_precondition,
                            "volume '{}' is in use by container '{}', and belongs to one running container "
                            "at a time: stop that one first",
                            mount.source, user->record.name);
    }
    return {};
}

Task<void> claim_volumes(Node& node, std::shared_ptr<Container> container) {
    for (const auto& mount : container->spec.mounts) {
        if (mount.kind != MountKind::volume) continue;
        if (!launch::is_on_host(container->spec.level)) {
            RDT_CO_CHECK(co_await node.volumes.give_to_guest(mount.source));
            continue;
        }
        RDT_CO_TRY(const bool had_guest, co_await node.volumes.had_guest(mount.source));
        if (had_guest)
            co_return fail(
                Code::failed_precondition,
                "volume '{}' has been the disk of a VM, and the host's kernel mounts no filesystem that "
                "a guest may have written: use it with --runtime vm, or another volume here",
                mount.source);
    }
    co_return Status{};
}

Result<std::vector<launch::VolumeDisk>> find_disks(const Node& node, const Container& container) {
    auto disks = launch::list_disks(container.spec.mounts);
    std::size_t number = 0;
    for (auto& disk : disks) {
        if (disk.kind == MountKind::bind) {
            disk.file =
                node.container_directory(container.record.id) / std::format("snapshot-{}.erofs", number++);
            continue;
        }
        const auto known = node.volume_records.find(disk.source);
        if (known == node.volume_records.end())
            return fail(Code::failed_precondition, "volume '{}' is not there any more", disk.source);
        disk.file = node.volumes.file_of(disk.source);
        disk.is_encrypted = known->second.is_encrypted;
        disk.key_uri = known->second.key_uri;
        RDT_CHECK(check_level(disk, container.spec.level));
    }
    return disks;
}

Task<void> make_snapshots(Node& node, std::vector<launch::VolumeDisk> disks) {
    for (const auto& disk : disks) {
        if (disk.kind != MountKind::bind) continue;
        auto made = co_await offload(node.pool,
                                     [&disk] { return storage::make_host_snapshot(disk.source, disk.file); });
        if (!made) co_return std::unexpected(made.error().within("snapshot of " + disk.source));
    }
    co_return Status{};
}

asio::awaitable<void> let_go_of_volumes(std::shared_ptr<Container> container, Duration limit) {
    const auto sandbox = container->sandbox;
    if (!has_volumes(container->spec) || !sandbox || !sandbox->agent) co_return;
    const auto agent = sandbox->agent;
    // Who ends a container by force and who hears of its end both come here: the second waits until all is
    // written, as either of them ends the VM next.
    const auto turn = co_await container->letting_go.lock();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    const auto gone =
        co_await within(limit, "volumes", agent->remove_container(container->record.id, seconds));
    // Somebody else was faster, or the VM has gone, which its own end says.
    if (gone || gone.error().code == Code::not_found || gone.error().code == Code::unavailable ||
        gone.error().code == Code::failed_precondition)
        co_return;
    log::warning("volumes were not unmounted: " + gone.error().message,
                 {{"CONTAINER_ID", container->record.id.str()}});
}

asio::awaitable<void> remove_own_volumes(Node& node, std::shared_ptr<Container> container) {
    const auto turn = co_await node.volume_changes.lock();
    for (const auto& mount : container->spec.mounts) {
        const auto known = node.volume_records.find(mount.source);
        const bool is_own = mount.kind == MountKind::volume && known != node.volume_records.end() &&
                            known->second.is_anonymous;
        if (!is_own) continue;
        auto others = users_of(node, mount.source);
        std::erase(others, container);
        if (others.empty()) co_await destroy_volume(node, mount.source);
    }
}

std::vector<std::shared_ptr<Container>> users_of(const Node& node, const std::string& volume) {
    std::vector<std::shared_ptr<Container>> users;
    for (const auto& [id, container] : node.containers)
        if (uses_volume(container->spec, volume)) users.push_back(container);
    return users;
}

} // namespace redoubt::node::sandbox
