// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode.hpp"
#include "node-daemon/api/encode.hpp"
#include "node-daemon/api/handlers.hpp"

namespace redoubt::node::api {
pb::Volume encode(const sandbox::VolumeInfo& volume) {
    pb::Volume out;
    out.set_name(volume.name);
    out.set_size_bytes(volume.size_bytes);
    out.set_used_bytes(volume.used_bytes);
    out.mutable_labels()->insert(volume.labels.begin(), volume.labels.end());
    out.set_created_at(volume.created_at);
    out.set_encrypted(volume.is_encrypted);
    out.set_anonymous(volume.is_anonymous);
    out.set_key(volume.key_uri);
    out.set_path(volume.path.string());
    for (const auto& id : volume.containers) out.add_containers(id.str());
    return out;
}

Task<pb::Volume> create_volume(sandbox::Node& node, pb::CreateVolumeRequest request) {
    sandbox::VolumeRequest wanted{
        .name = request.name(),
        .size_bytes = request.size_bytes(),
        .labels = {request.labels().begin(), request.labels().end()},
        .is_encrypted = request.encrypted(),
        .accepts_existing = request.accept_existing(),
        .is_anonymous = false,
        .key_uri = request.key(),
    };
    RDT_CO_TRY(const auto volume, co_await sandbox::create_volume(node, std::move(wanted)));
    co_return encode(volume);
}

Task<pb::ListVolumesResponse> list_volumes(sandbox::Node& node, pb::ListVolumesRequest /*request*/) {
    pb::ListVolumesResponse response;
    for (const auto& volume : sandbox::list_volumes(node)) *response.add_volumes() = encode(volume);
    co_return response;
}

Task<pb::Volume> inspect_volume(sandbox::Node& node, pb::InspectVolumeRequest request) {
    RDT_CO_CHECK(require("volume", request.volume()));
    RDT_CO_TRY(const auto volume, sandbox::inspect_volume(node, request.volume()));
    co_return encode(volume);
}

Task<pb::RemoveVolumeResponse> remove_volume(sandbox::Node& node, pb::RemoveVolumeRequest request) {
    RDT_CO_CHECK(require("volume", request.volume()));
    const auto mode =
        request.force() ? sandbox::RemoveVolumeMode::with_containers : sandbox::RemoveVolumeMode::only_unused;
    RDT_CO_CHECK(co_await sandbox::remove_volume(node, request.volume(), mode));
    co_return pb::RemoveVolumeResponse();
}

Task<pb::PruneVolumesResponse> prune_volumes(sandbox::Node& node, pb::PruneVolumesRequest request) {
    std::map<std::string, std::string> labels(request.labels().begin(), request.labels().end());
    RDT_CO_TRY(const auto removed, co_await sandbox::prune_volumes(node, std::move(labels)));
    pb::PruneVolumesResponse response;
    for (const auto& name : removed) response.add_removed(name);
    co_return response;
}

Task<pb::Volume> resize_volume(sandbox::Node& node, pb::ResizeVolumeRequest request) {
    RDT_CO_CHECK(require("volume", request.volume()));
    RDT_CO_TRY(const auto volume,
               co_await sandbox::resize_volume(node, request.volume(), request.size_bytes()));
    co_return encode(volume);
}

} // namespace redoubt::node::api
