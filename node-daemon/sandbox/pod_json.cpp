// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/pod_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/encoding/base64.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::uint64_t k_version = 1;
constexpr json::Limits k_limits = {.max_bytes = 512U << 20U, .max_depth = 8};

template <class Strings>
boost::json::array array_of(const Strings& strings) {
    boost::json::array out;
    for (const auto& text : strings) out.emplace_back(text);
    return out;
}

boost::json::object object_of(const std::map<std::string, std::string>& pairs) {
    boost::json::object out;
    for (const auto& [key, value] : pairs) out[key] = value;
    return out;
}

std::string_view name_of_kind(launch::PodVolumeKind kind) {
    switch (kind) {
    case launch::PodVolumeKind::memory: return "memory";
    case launch::PodVolumeKind::disk: return "disk";
    case launch::PodVolumeKind::files: return "files";
    }
    return "memory";
}

boost::json::object render_volume(const launch::PodVolume& volume) {
    boost::json::array files;
    for (const auto& file : volume.files)
        files.emplace_back(boost::json::object{
            {"path", file.path}, {"mode", file.mode}, {"bytes", encoding::to_base64(file.bytes)}});
    return {{"name", volume.name},
            {"kind", name_of_kind(volume.kind)},
            {"size_bytes", volume.size_bytes},
            {"files", std::move(files)}};
}

Result<launch::ConfigFile> parse_file(const json::Node& node) {
    launch::ConfigFile file;
    RDT_TRY(file.path, node["path"].string());
    RDT_TRY(const auto mode, node["mode"].unsigned_integer());
    file.mode = static_cast<std::uint32_t>(mode);
    RDT_TRY(const auto text, node["bytes"].string());
    auto bytes = encoding::from_base64(text);
    if (!bytes) return node["bytes"].wrong(bytes.error().message);
    file.bytes = std::move(*bytes);
    return file;
}

Result<launch::PodVolume> parse_volume(const json::Node& node) {
    launch::PodVolume volume;
    RDT_TRY(volume.name, node["name"].string());
    RDT_TRY(volume.size_bytes, node["size_bytes"].unsigned_integer());
    RDT_TRY(const auto name, node["kind"].string());
    using enum launch::PodVolumeKind;
    bool is_known = false;
    for (const auto kind : {memory, disk, files}) {
        if (name != name_of_kind(kind)) continue;
        volume.kind = kind;
        is_known = true;
    }
    if (!is_known) return node["kind"].wrong("not a kind of volume");
    RDT_TRY(const auto places, node["files"].array());
    for (const auto& place : places) {
        RDT_TRY(auto file, parse_file(place));
        volume.files.push_back(std::move(file));
    }
    return volume;
}

boost::json::object render_probe(const Probe& probe) {
    return {{"purpose", name_of(probe.purpose)},
            {"kind", name_of(probe.kind)},
            {"command", array_of(probe.command)},
            {"port", probe.port},
            {"host", probe.host},
            {"path", probe.path},
            {"scheme", probe.scheme},
            {"headers", object_of(probe.headers)},
            {"initial_delay", probe.initial_delay.count()},
            {"period", probe.period.count()},
            {"timeout", probe.timeout.count()},
            {"success_threshold", probe.success_threshold},
            {"failure_threshold", probe.failure_threshold}};
}

/// The value of an enumeration by its name.
template <class Value>
Result<Value> parse_name(const json::Node& node, std::initializer_list<Value> values) {
    RDT_TRY(const auto name, node.string());
    for (const auto value : values)
        if (name == name_of(value)) return value;
    return node.wrong("not a known word");
}

Result<std::chrono::seconds> parse_seconds(const json::Node& node) {
    RDT_TRY(const auto count, node.integer());
    return std::chrono::seconds(count);
}

Result<Probe> parse_probe(const json::Node& node) {
    Probe probe;
    using Purpose = Probe::Purpose;
    using Kind = Probe::Kind;
    RDT_TRY(probe.purpose,
            parse_name(node["purpose"], {Purpose::startup, Purpose::readiness, Purpose::liveness}));
    RDT_TRY(probe.kind, parse_name(node["kind"], {Kind::exec, Kind::http, Kind::tcp}));
    RDT_TRY(probe.command, node["command"].strings());
    RDT_TRY(const auto port, node["port"].unsigned_integer());
    probe.port = static_cast<std::uint16_t>(port);
    RDT_TRY(probe.host, node["host"].string());
    RDT_TRY(probe.path, node["path"].string());
    RDT_TRY(probe.scheme, node["scheme"].string());
    RDT_TRY(probe.headers, node["headers"].string_map());
    RDT_TRY(probe.initial_delay, parse_seconds(node["initial_delay"]));
    RDT_TRY(probe.period, parse_seconds(node["period"]));
    RDT_TRY(probe.timeout, parse_seconds(node["timeout"]));
    RDT_TRY(const auto successes, node["success_threshold"].unsigned_integer());
    RDT_TRY(const auto failures, node["failure_threshold"].unsigned_integer());
    probe.success_threshold = static_cast<std::uint32_t>(successes);
    probe.failure_threshold = static_cast<std::uint32_t>(failures);
    return probe;
}

} // namespace

boost::json::array render_probes(const std::vector<Probe>& probes) {
    boost::json::array out;
    for (const auto& probe : probes) out.emplace_back(render_probe(probe));
    return out;
}

Result<std::vector<Probe>> parse_probes(const json::Node& node) {
    RDT_TRY(const auto places, node.array_or_empty());
    std::vector<Probe> probes;
    for (const auto& place : places) {
        RDT_TRY(auto probe, parse_probe(place));
        probes.push_back(std::move(probe));
    }
    return probes;
}

std::string render_pod_spec(const PodSpec& spec) {
    boost::json::array volumes;
    for (const auto& volume : spec.volumes) volumes.emplace_back(render_volume(volume));
    return boost::json::serialize(boost::json::object{{"version", k_version},
                                                      {"name", spec.name},
                                                      {"hostname", spec.hostname},
                                                      {"networks", array_of(spec.networks)},
                                                      {"ports", render_ports(spec.ports)},
                                                      {"labels", object_of(spec.labels)},
                                                      {"annotations", object_of(spec.annotations)},
                                                      {"volumes", std::move(volumes)},
                                                      {"grace_seconds", spec.grace.count()},
                                                      {"restart", name_of(spec.restart)},
                                                      {"runtime", launch::name_of(spec.level)}});
}

Result<PodSpec> parse_pod_spec(std::string_view text) {
    RDT_TRY(const auto document, json::parse("pod spec", text, k_limits));
    const auto root = document.root();
    RDT_TRY(const auto version, root["version"].unsigned_integer());
    if (version != k_version)
        return fail(Code::failed_precondition, "pod spec: version {} is not {}", version, k_version);
    PodSpec spec;
    RDT_TRY(spec.name, root["name"].string());
    RDT_TRY(spec.hostname, root["hostname"].string());
    RDT_TRY(spec.networks, root["networks"].strings());
    RDT_TRY(const auto ports, root["ports"].array());
    for (const auto& place : ports) {
        RDT_TRY(auto port, parse_port(place));
        spec.ports.push_back(std::move(port));
    }
    RDT_TRY(spec.labels, root["labels"].string_map());
    RDT_TRY(spec.annotations, root["annotations"].string_map());
    RDT_TRY(const auto volumes, root["volumes"].array());
    for (const auto& place : volumes) {
        RDT_TRY(auto volume, parse_volume(place));
        spec.volumes.push_back(std::move(volume));
    }
    RDT_TRY(spec.grace, parse_seconds(root["grace_seconds"]));
    using enum RestartPolicy::Kind;
    RDT_TRY(spec.restart, parse_name(root["restart"], {no, on_failure, always, unless_stopped}));
    RDT_TRY(const auto level, root["runtime"].string_or());
    RDT_TRY(spec.level, launch::parse_isolation_level(level));
    return spec;
}

} // namespace redoubt::node::sandbox
