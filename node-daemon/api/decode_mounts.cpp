// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode_mounts.hpp"

#include <string>
#include <utility>

namespace redoubt::node::api {
namespace {

using launch::ContainerMount;
using launch::MountKind;
using Policy = sandbox::RestartPolicy::Kind;

pb::Mount::Kind encode_kind(MountKind kind) {
    switch (kind) {
    case MountKind::volume: return pb::Mount::VOLUME;
    case MountKind::tmpfs: return pb::Mount::TMPFS;
    case MountKind::bind: return pb::Mount::BIND;
    case MountKind::pod: return pb::Mount::POD;
    }
    return pb::Mount::KIND_UNSPECIFIED;
}

Result<MountKind> decode_kind(const pb::Mount& mount) {
    for (const auto kind : {MountKind::volume, MountKind::tmpfs, MountKind::bind, MountKind::pod})
        if (mount.kind() == encode_kind(kind)) return kind;
    return fail(Code::invalid_argument, "mounts: '{}': kind {} is not known", mount.target(),
                static_cast<int>(mount.kind()));
}

Result<ContainerMount> decode_mount(const pb::Mount& mount) {
    constexpr std::uint32_t k_default_mode = 01777;
    ContainerMount out;
    RDT_TRY(out.kind, decode_kind(mount));
    out.source = mount.source();
    out.target = mount.target();
    out.read_only = mount.read_only();
    out.tmpfs_bytes = mount.tmpfs_bytes();
    out.tmpfs_mode = mount.has_tmpfs_mode() ? mount.tmpfs_mode() : k_default_mode;
    out.options = {mount.options().begin(), mount.options().end()};
    out.without_copy = mount.without_copy();
    out.sub_path = mount.sub_path();
    if (out.source.find('\0') != std::string::npos)
        return fail(Code::invalid_argument, "mounts: '{}': the source holds a NUL byte", out.target);
    return out;
}

} // namespace

pb::RestartPolicy::Kind encode_policy(Policy kind) {
    switch (kind) {
    case Policy::no: return pb::RestartPolicy::NO;
    case Policy::on_failure: return pb::RestartPolicy::ON_FAILURE;
    case Policy::always: return pb::RestartPolicy::ALWAYS;
    case Policy::unless_stopped: return pb::RestartPolicy::UNLESS_STOPPED;
    }
    return pb::RestartPolicy::NO;
}

Result<std::vector<ContainerMount>>
decode_mounts(const google::protobuf::RepeatedPtrField<pb::Mount>& mounts) {
    std::vector<ContainerMount> out;
    for (const auto& mount : mounts) {
        RDT_TRY(auto decoded, decode_mount(mount));
        out.push_back(std::move(decoded));
    }
    return out;
}

std::vector<oci::Rlimit> decode_limits(const google::protobuf::RepeatedPtrField<pb::Ulimit>& limits) {
    std::vector<oci::Rlimit> out;
    for (const auto& limit : limits)
        out.push_back({.type = limit.name(), .hard = limit.hard(), .soft = limit.soft()});
    return out;
}

Result<sandbox::RestartPolicy> decode_restart(const pb::RestartPolicy& policy) {
    for (const auto kind : {Policy::no, Policy::on_failure, Policy::always, Policy::unless_stopped})
        if (policy.kind() == encode_policy(kind))
            return sandbox::RestartPolicy{.kind = kind, .most_retries = policy.most_retries()};
    return fail(Code::invalid_argument, "restart: policy {} is not known", static_cast<int>(policy.kind()));
}

void encode_extras(const sandbox::ContainerSpec& spec, pb::ContainerSpec& out) {
    for (const auto& mount : spec.mounts) {
        auto* added = out.add_mounts();
        added->set_kind(encode_kind(mount.kind));
        added->set_source(mount.source);
        added->set_target(mount.target);
        added->set_read_only(mount.read_only);
        added->set_tmpfs_bytes(mount.tmpfs_bytes);
        if (mount.kind == MountKind::tmpfs) added->set_tmpfs_mode(mount.tmpfs_mode);
        for (const auto& word : mount.options) added->add_options(word);
        added->set_without_copy(mount.without_copy);
        added->set_sub_path(mount.sub_path);
    }
    for (const auto& name : spec.added_capabilities) out.add_added_capabilities(name);
    for (const auto& name : spec.dropped_capabilities) out.add_dropped_capabilities(name);
    out.set_privileged(spec.privileged);
    out.set_runtime(std::string(launch::name_of(spec.level)));
    out.set_shm_bytes(spec.shm_bytes);
    for (const auto& limit : spec.ulimits) {
        auto* added = out.add_ulimits();
        added->set_name(limit.type);
        added->set_soft(limit.soft);
        added->set_hard(limit.hard);
    }
    for (const auto& device : spec.devices) out.add_devices(device);
    out.mutable_restart()->set_kind(encode_policy(spec.restart.kind));
    out.mutable_restart()->set_most_retries(spec.restart.most_retries);
}

} // namespace redoubt::node::api
