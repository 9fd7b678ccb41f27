// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/rpc/requests_from_proto.hpp"

#include <utility>
#include <vector>

namespace redoubt::guest::rpc {

namespace {

template <class Repeated>
auto values_of(const Repeated& repeated) {
    return std::vector<typename Repeated::value_type>(repeated.begin(), repeated.end());
}

} // namespace

mount::Storage storage_from(const grpc::Storage& message) {
    mount::Storage storage{.driver = message.driver(),
                           .driver_options = values_of(message.driver_options()),
                           .source = message.source(),
                           .fstype = message.fstype(),
                           .options = values_of(message.options()),
                           .mount_point = message.mount_point(),
                           .is_shared = message.shared()};
    if (message.has_fs_group()) {
        const bool is_lazy = message.fs_group().group_change_policy() == types::OnRootMismatch;
        storage.fs_group = {message.fs_group().group_id(), is_lazy ? mount::FsGroup::Policy::on_root_mismatch
                                                                   : mount::FsGroup::Policy::always};
    }
    return storage;
}

sandbox::SandboxRequest sandbox_request_from(const grpc::CreateSandboxRequest& message) {
    sandbox::SandboxRequest request;
    request.id = SandboxId(message.sandbox_id());
    request.hostname = message.hostname();
    request.dns = values_of(message.dns());
    for (const auto& storage : message.storages()) request.storages.push_back(storage_from(storage));
    request.pids = message.sandbox_pidns() ? sandbox::PidSharing::shared : sandbox::PidSharing::own;
    return request;
}

Result<sandbox::ContainerRequest> container_request_from(const grpc::CreateContainerRequest& message) {
    if (message.stdin_port() != 0 || message.stdout_port() != 0 || message.stderr_port() != 0)
        return fail(Code::unimplemented, "passed stream ports are not implemented by this agent");
    sandbox::ContainerRequest request;
    request.id = ContainerId(message.container_id());
    RDT_TRY(request.spec, agent_api::spec_from(message.oci(), message.string_user()));
    for (const auto& storage : message.storages()) request.storages.push_back(storage_from(storage));
    request.pids = message.sandbox_pidns() ? sandbox::PidSharing::shared : sandbox::PidSharing::own;
    for (const auto& device : message.devices())
        request.devices.push_back({device.id(), device.type(), device.vm_path(), device.container_path()});
    for (const auto& mount : message.shared_mounts())
        request.shared_mounts.push_back({mount.src_ctr(), mount.src_path(), mount.dst_path()});
    return request;
}

Result<mount::PlacedFile> placed_file_from(grpc::CopyFileRequest message) {
    if (message.file_size() < 0 || message.offset() < 0 || message.uid() < 0 || message.gid() < 0)
        return fail(Code::invalid_argument, "a size, an offset, a user and a group are not negative");
    mount::PlacedFile file{.path = message.path(),
                           .size = static_cast<std::uint64_t>(message.file_size()),
                           .mode = message.file_mode(),
                           .folder_mode = message.dir_mode(),
                           .uid = static_cast<std::uint32_t>(message.uid()),
                           .gid = static_cast<std::uint32_t>(message.gid()),
                           .offset = static_cast<std::uint64_t>(message.offset())};
    file.data = std::move(*message.mutable_data());
    return file;
}

} // namespace redoubt::guest::rpc
