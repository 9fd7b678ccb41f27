// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/decode_pods.hpp"

#include "node-daemon/api/decode_mounts.hpp"

namespace redoubt::node::api {
namespace {

using launch::PodVolumeKind;
using sandbox::Probe;

constexpr std::uint32_t k_highest_port = 65535;
constexpr std::uint32_t k_all_permissions = 0777;

pb::PodVolume::Kind encode_kind(PodVolumeKind kind) {
    switch (kind) {
    case PodVolumeKind::memory: return pb::PodVolume::MEMORY;
    case PodVolumeKind::disk: return pb::PodVolume::DISK;
    case PodVolumeKind::files: return pb::PodVolume::FILES;
    }
    return pb::PodVolume::KIND_UNSPECIFIED;
}

pb::Probe::Kind encode_kind(Probe::Kind kind) {
    switch (kind) {
    case Probe::Kind::exec: return pb::Probe::EXEC;
    case Probe::Kind::http: return pb::Probe::HTTP;
    case Probe::Kind::tcp: return pb::Probe::TCP;
    }
    return pb::Probe::KIND_UNSPECIFIED;
}

pb::Probe::Purpose encode_purpose(Probe::Purpose purpose) {
    switch (purpose) {
    case Probe::Purpose::startup: return pb::Probe::STARTUP;
    case Probe::Purpose::readiness: return pb::Probe::READINESS;
    case Probe::Purpose::liveness: return pb::Probe::LIVENESS;
    }
    return pb::Probe::PURPOSE_UNSPECIFIED;
}

Result<PodVolumeKind> decode_kind(const pb::PodVolume& volume) {
    for (const auto kind : {PodVolumeKind::memory, PodVolumeKind::disk, PodVolumeKind::files})
        if (volume.kind() == encode_kind(kind)) return kind;
    return fail(Code::invalid_argument, "volumes: '{}': kind {} is not known", volume.name(),
                static_cast<int>(volume.kind()));
}

Result<Probe::Kind> decode_kind(const pb::Probe& probe) {
    for (const auto kind : {Probe::Kind::exec, Probe::Kind::http, Probe::Kind::tcp})
        if (probe.kind() == encode_kind(kind)) return kind;
    return fail(Code::invalid_argument, "probes: kind {} is not known", static_cast<int>(probe.kind()));
}

Result<Probe::Purpose> decode_purpose(const pb::Probe& probe) {
    using enum Probe::Purpose;
    for (const auto purpose : {startup, readiness, liveness})
        if (probe.purpose() == encode_purpose(purpose)) return purpose;
    return fail(Code::invalid_argument, "probes: purpose {} is not known", static_cast<int>(probe.purpose()));
}

Result<launch::PodVolume> decode_volume(const pb::PodVolume& volume) {
    launch::PodVolume out{.name = volume.name(), .size_bytes = volume.size_bytes()};
    RDT_TRY(out.kind, decode_kind(volume));
    for (const auto& file : volume.files())
        out.files.push_back({.path = file.path(), .mode = file.mode(), .bytes = file.data()});
    return out;
}

Result<Probe> decode_probe(const pb::Probe& probe) {
    if (probe.port() > k_highest_port)
        return fail(Code::invalid_argument, "probes: port {} is beyond {}", probe.port(), k_highest_port);
    Probe out;
    RDT_TRY(out.purpose, decode_purpose(probe));
    RDT_TRY(out.kind, decode_kind(probe));
    out.command = {probe.command().begin(), probe.command().end()};
    out.port = static_cast<std::uint16_t>(probe.port());
    out.host = probe.host();
    out.path = probe.path();
    if (!probe.scheme().empty()) out.scheme = probe.scheme();
    out.headers = {probe.headers().begin(), probe.headers().end()};
    out.initial_delay = std::chrono::seconds(probe.initial_delay_seconds());
    if (probe.period_seconds() != 0) out.period = std::chrono::seconds(probe.period_seconds());
    if (probe.timeout_seconds() != 0) out.timeout = std::chrono::seconds(probe.timeout_seconds());
    if (probe.success_threshold() != 0) out.success_threshold = probe.success_threshold();
    if (probe.failure_threshold() != 0) out.failure_threshold = probe.failure_threshold();
    return out;
}

pb::Probe encode_probe(const Probe& probe) {
    pb::Probe out;
    out.set_purpose(encode_purpose(probe.purpose));
    out.set_kind(encode_kind(probe.kind));
    for (const auto& word : probe.command) out.add_command(word);
    out.set_port(probe.port);
    out.set_host(probe.host);
    out.set_path(probe.path);
    out.set_scheme(probe.scheme);
    out.mutable_headers()->insert(probe.headers.begin(), probe.headers.end());
    out.set_initial_delay_seconds(static_cast<std::uint32_t>(probe.initial_delay.count()));
    out.set_period_seconds(static_cast<std::uint32_t>(probe.period.count()));
    out.set_timeout_seconds(static_cast<std::uint32_t>(probe.timeout.count()));
    out.set_success_threshold(probe.success_threshold);
    out.set_failure_threshold(probe.failure_threshold);
    return out;
}

} // namespace

Result<sandbox::PodSpec> decode(const pb::PodSpec& spec) {
    sandbox::PodSpec out;
    out.name = spec.name();
    out.hostname = spec.hostname();
    out.networks = {spec.networks().begin(), spec.networks().end()};
    RDT_TRY(out.ports, decode_ports(spec.ports()));
    out.labels = {spec.labels().begin(), spec.labels().end()};
    out.annotations = {spec.annotations().begin(), spec.annotations().end()};
    for (const auto& volume : spec.volumes()) {
        RDT_TRY(auto decoded, decode_volume(volume));
        out.volumes.push_back(std::move(decoded));
    }
    if (spec.has_grace_seconds()) out.grace = std::chrono::seconds(spec.grace_seconds());
    pb::RestartPolicy policy;
    policy.set_kind(spec.restart());
    RDT_TRY(const auto restart, decode_restart(policy));
    out.restart = restart.kind;
    RDT_TRY(out.level, launch::parse_isolation_level(spec.runtime()));
    return out;
}

pb::PodSpec encode(const sandbox::PodSpec& spec) {
    pb::PodSpec out;
    out.set_name(spec.name);
    out.set_hostname(spec.hostname);
    for (const auto& network : spec.networks) out.add_networks(network);
    for (const auto& port : spec.ports) {
        auto* added = out.add_ports();
        added->set_host_ip(port.host_ip);
        added->set_host_port(port.host_port);
        added->set_container_port(port.container_port);
        added->set_protocol(port.protocol);
    }
    out.mutable_labels()->insert(spec.labels.begin(), spec.labels.end());
    out.mutable_annotations()->insert(spec.annotations.begin(), spec.annotations.end());
    for (const auto& volume : spec.volumes) {
        auto* added = out.add_volumes();
        added->set_name(volume.name);
        added->set_kind(encode_kind(volume.kind));
        added->set_size_bytes(volume.size_bytes);
        for (const auto& file : volume.files) {
            auto* placed = added->add_files();
            placed->set_path(file.path);
            placed->set_mode(file.mode & k_all_permissions);
        }
    }
    out.set_grace_seconds(static_cast<std::uint32_t>(spec.grace.count()));
    out.set_restart(encode_policy(spec.restart));
    out.set_runtime(std::string(launch::name_of(spec.level)));
    return out;
}

Result<std::vector<Probe>> decode_probes(const google::protobuf::RepeatedPtrField<pb::Probe>& probes) {
    std::vector<Probe> out;
    for (const auto& probe : probes) {
        RDT_TRY(auto decoded, decode_probe(probe));
        out.push_back(std::move(decoded));
    }
    return out;
}

void encode_probes(const std::vector<Probe>& probes, pb::ContainerSpec& out) {
    for (const auto& probe : probes) *out.add_probes() = encode_probe(probe);
}

} // namespace redoubt::node::api
