// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/spec_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

#include "common/encoding/json.hpp"
#include "node-daemon/sandbox/mounts_json.hpp"
#include "node-daemon/sandbox/pod_json.hpp"

namespace redoubt::node::sandbox {
namespace {

constexpr std::uint64_t k_version = 1;
// A container may carry as many arguments and variables as execve(2) takes.
constexpr json::Limits k_limits = {.max_bytes = 16U << 20U, .max_depth = 8};

boost::json::array array_of(const std::vector<std::string>& strings) {
    boost::json::array out;
    for (const auto& text : strings) out.emplace_back(text);
    return out;
}

boost::json::object object_of(const std::map<std::string, std::string>& pairs) {
    boost::json::object out;
    for (const auto& [key, value] : pairs) out[key] = value;
    return out;
}

Status check_version(const json::Node& root) {
    RDT_TRY(const auto version, root["version"].unsigned_integer());
    if (version == k_version) return {};
    return fail(Code::failed_precondition, "{}: version {} is not {}", root.path(), version, k_version);
}

Result<double> parse_number(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return node.wrong("not a number");
    return number;
}

boost::json::object render_disk(const SandboxDisk& disk) {
    return {{"id", disk.id},
            {"path", disk.path.native()},
            {"read_only", disk.read_only},
            {"root_hash", disk.root_hash}};
}

Result<SandboxDisk> parse_disk(const json::Node& node) {
    SandboxDisk disk;
    RDT_TRY(disk.id, node["id"].string());
    RDT_TRY(disk.path, node["path"].string());
    RDT_TRY(disk.read_only, node["read_only"].boolean());
    RDT_TRY(disk.root_hash, node["root_hash"].string());
    return disk;
}

} // namespace

boost::json::array render_ports(const std::vector<launch::PortMapping>& ports) {
    boost::json::array out;
    for (const auto& port : ports)
        out.emplace_back(boost::json::object{{"host_ip", port.host_ip},
                                             {"host_port", port.host_port},
                                             {"container_port", port.container_port},
                                             {"protocol", port.protocol}});
    return out;
}

namespace {

Result<std::uint16_t> parse_port_number(const json::Node& node) {
    RDT_TRY(const auto number, node.unsigned_integer());
    if (number > 65535) return node.wrong("not a port");
    return static_cast<std::uint16_t>(number);
}

} // namespace

Result<launch::PortMapping> parse_port(const json::Node& node) {
    launch::PortMapping port;
    RDT_TRY(port.host_ip, node["host_ip"].string());
    RDT_TRY(port.host_port, parse_port_number(node["host_port"]));
    RDT_TRY(port.container_port, parse_port_number(node["container_port"]));
    RDT_TRY(port.protocol, node["protocol"].string());
    return port;
}

namespace {

/// Specs written before there were networks had none.
Status parse_networks(const json::Node& root, ContainerSpec& spec) {
    if (!root["networks"].is_present()) {
        spec.networks = {"none"};
        return {};
    }
    RDT_TRY(spec.networks, root["networks"].strings());
    RDT_TRY(const auto ports, root["ports"].array_or_empty());
    for (const auto& node : ports) {
        RDT_TRY(auto port, parse_port(node));
        spec.ports.push_back(std::move(port));
    }
    return {};
}

boost::json::array render_interfaces(const std::vector<SandboxInterface>& interfaces) {
    boost::json::array out;
    for (const auto& interface : interfaces)
        out.emplace_back(boost::json::object{{"name", interface.name},
                                             {"network", interface.network},
                                             {"mac", interface.mac},
                                             {"mtu", interface.mtu},
                                             {"addresses", array_of(interface.addresses)}});
    return out;
}

Result<SandboxInterface> parse_interface(const json::Node& node) {
    SandboxInterface interface;
    RDT_TRY(interface.name, node["name"].string());
    RDT_TRY(interface.network, node["network"].string());
    RDT_TRY(interface.mac, node["mac"].string());
    RDT_TRY(const auto mtu, node["mtu"].unsigned_integer());
    interface.mtu = static_cast<std::uint32_t>(mtu);
    RDT_TRY(interface.addresses, node["addresses"].strings());
    return interface;
}

boost::json::object render_image(const launch::ImageConfig& image) {
    return {{"name", image.name},
            {"environment", array_of(image.environment)},
            {"entrypoint", array_of(image.entrypoint)},
            {"command", array_of(image.command)},
            {"user", image.user},
            {"working_directory", image.working_directory}};
}

Result<launch::ImageConfig> parse_image(const json::Node& node) {
    launch::ImageConfig image;
    RDT_TRY(image.name, node["name"].string());
    RDT_TRY(image.environment, node["environment"].strings());
    RDT_TRY(image.entrypoint, node["entrypoint"].strings());
    RDT_TRY(image.command, node["command"].strings());
    RDT_TRY(image.user, node["user"].string());
    RDT_TRY(image.working_directory, node["working_directory"].string());
    return image;
}

boost::json::object render_confidential(const ConfidentialInfo& info) {
    return {{"trust", info.trust},         {"initdata_digest", info.initdata_digest},
            {"host_data", info.host_data}, {"measurement", info.measurement},
            {"firmware", info.firmware},   {"broker", info.broker}};
}

/// Facts written before there was the level have none.
Result<ConfidentialInfo> parse_confidential(const json::Node& node) {
    ConfidentialInfo info;
    if (!node.is_present()) return info;
    RDT_TRY(info.trust, node["trust"].string());
    RDT_TRY(info.initdata_digest, node["initdata_digest"].string());
    RDT_TRY(info.host_data, node["host_data"].string());
    RDT_TRY(info.measurement, node["measurement"].string());
    RDT_TRY(info.firmware, node["firmware"].string());
    RDT_TRY(info.broker, node["broker"].string());
    return info;
}

Result<SandboxInfo> parse_info(const json::Node& node) {
    SandboxInfo info;
    RDT_TRY(info.hypervisor, node["hypervisor"].string());
    RDT_TRY(info.accelerator, node["accelerator"].string());
    RDT_TRY(info.is_clone, node["cloned"].boolean_or(false)); // written before there were templates
    RDT_TRY(const auto vcpus, node["vcpus"].unsigned_integer());
    info.vcpus = static_cast<std::uint32_t>(vcpus);
    RDT_TRY(info.memory_bytes, node["memory_bytes"].unsigned_integer());
    RDT_TRY(info.kernel_cmdline, node["kernel_cmdline"].string());
    RDT_TRY(info.guest_kernel, node["guest_kernel"].string());
    RDT_TRY(info.agent_version, node["agent_version"].string());
    RDT_TRY(const auto disks, node["disks"].array());
    for (const auto& place : disks) {
        RDT_TRY(auto disk, parse_disk(place));
        info.disks.push_back(std::move(disk));
    }
    RDT_TRY(const auto interfaces, node["interfaces"].array_or_empty());
    for (const auto& place : interfaces) {
        RDT_TRY(auto interface, parse_interface(place));
        info.interfaces.push_back(std::move(interface));
    }
    RDT_TRY(info.confidential, parse_confidential(node["confidential"]));
    return info;
}

Status parse_overrides(const json::Node& root, ContainerSpec& spec) {
    RDT_TRY(spec.entrypoint, root["entrypoint"].strings());
    RDT_TRY(spec.clear_entrypoint, root["clear_entrypoint"].boolean());
    RDT_TRY(spec.command, root["command"].strings());
    RDT_TRY(spec.environment, root["environment"].strings());
    RDT_TRY(spec.working_directory, root["working_directory"].string());
    RDT_TRY(spec.user, root["user"].string());
    RDT_TRY(spec.hostname, root["hostname"].string());
    RDT_TRY(spec.stop_signal, root["stop_signal"].string());
    return {};
}

/// Specs written before there were volumes have none of these.
Status parse_extras(const json::Node& root, ContainerSpec& spec) {
    RDT_TRY(spec.mounts, parse_mounts(root["mounts"]));
    RDT_TRY(spec.added_capabilities, root["added_capabilities"].strings_or_empty());
    RDT_TRY(spec.dropped_capabilities, root["dropped_capabilities"].strings_or_empty());
    RDT_TRY(spec.privileged, root["privileged"].boolean_or(false));
    RDT_TRY(spec.shm_bytes, root["shm_bytes"].unsigned_integer_or(0));
    RDT_TRY(spec.ulimits, parse_limits(root["ulimits"]));
    RDT_TRY(spec.devices, root["devices"].strings_or_empty());
    RDT_TRY(spec.restart, parse_restart(root["restart"]));
    RDT_TRY(spec.pod, root["pod"].string_or());
    RDT_TRY(spec.is_init, root["is_init"].boolean_or(false));
    RDT_TRY(spec.probes, parse_probes(root["probes"]));
    RDT_TRY(const auto stop_seconds, root["stop_seconds"].unsigned_integer_or(spec.stop_seconds));
    spec.stop_seconds = static_cast<std::uint32_t>(stop_seconds);
    RDT_TRY(const auto level, root["runtime"].string_or());
    RDT_TRY(spec.level, launch::parse_isolation_level(level));
    return {};
}

Status parse_streams(const json::Node& root, ContainerSpec& spec) {
    RDT_TRY(spec.terminal, root["terminal"].boolean());
    RDT_TRY(spec.stdin_open, root["stdin_open"].boolean());
    RDT_TRY(const auto rows, root["terminal_rows"].unsigned_integer());
    RDT_TRY(const auto columns, root["terminal_columns"].unsigned_integer());
    spec.terminal_size = {.rows = static_cast<std::uint32_t>(rows),
                          .columns = static_cast<std::uint32_t>(columns)};
    return {};
}

} // namespace

std::string render_spec(const ContainerSpec& spec) {
    return boost::json::serialize(boost::json::object{
        {"version", k_version},
        {"image", spec.image},
        {"name", spec.name},
        {"entrypoint", array_of(spec.entrypoint)},
        {"clear_entrypoint", spec.clear_entrypoint},
        {"command", array_of(spec.command)},
        {"environment", array_of(spec.environment)},
        {"working_directory", spec.working_directory},
        {"user", spec.user},
        {"terminal", spec.terminal},
        {"stdin_open", spec.stdin_open},
        {"read_only_rootfs", spec.read_only_rootfs},
        {"memory_bytes", spec.memory_bytes},
        {"cpus", std::format("{}", spec.cpus)}, // text: every reader gets the same value back
        {"hostname", spec.hostname},
        {"auto_remove", spec.auto_remove},
        {"labels", object_of(spec.labels)},
        {"annotations", object_of(spec.annotations)},
        {"terminal_rows", spec.terminal_size.rows},
        {"terminal_columns", spec.terminal_size.columns},
        {"stop_signal", spec.stop_signal},
        {"networks", array_of(spec.networks)},
        {"ports", render_ports(spec.ports)},
        {"mounts", render_mounts(spec.mounts)},
        {"added_capabilities", array_of(spec.added_capabilities)},
        {"dropped_capabilities", array_of(spec.dropped_capabilities)},
        {"privileged", spec.privileged},
        {"shm_bytes", spec.shm_bytes},
        {"ulimits", render_limits(spec.ulimits)},
        {"devices", array_of(spec.devices)},
        {"restart", render_restart(spec.restart)},
        {"pod", spec.pod},
        {"is_init", spec.is_init},
        {"probes", render_probes(spec.probes)},
        {"stop_seconds", spec.stop_seconds},
        {"runtime", launch::name_of(spec.level)},
    });
}

Result<ContainerSpec> parse_spec(std::string_view text) {
    RDT_TRY(const auto document, json::parse("container spec", text, k_limits));
    const auto root = document.root();
    RDT_CHECK(check_version(root));
    ContainerSpec spec;
    RDT_TRY(spec.image, root["image"].string());
    RDT_TRY(spec.name, root["name"].string());
    RDT_CHECK(parse_overrides(root, spec));
    RDT_CHECK(parse_streams(root, spec));
    RDT_CHECK(parse_networks(root, spec));
    RDT_CHECK(parse_extras(root, spec));
    RDT_TRY(spec.read_only_rootfs, root["read_only_rootfs"].boolean());
    RDT_TRY(spec.memory_bytes, root["memory_bytes"].unsigned_integer());
    RDT_TRY(spec.cpus, parse_number(root["cpus"]));
    RDT_TRY(spec.auto_remove, root["auto_remove"].boolean());
    RDT_TRY(spec.labels, root["labels"].string_map());
    RDT_TRY(spec.annotations, root["annotations"].string_map());
    return spec;
}

std::string render_facts(const SandboxFacts& facts) {
    boost::json::array disks;
    for (const auto& disk : facts.info.disks) disks.emplace_back(render_disk(disk));
    boost::json::object document{
        {"version", k_version},
        {"hypervisor", facts.info.hypervisor},
        {"accelerator", facts.info.accelerator},
        {"cloned", facts.info.is_clone},
        {"vcpus", facts.info.vcpus},
        {"memory_bytes", facts.info.memory_bytes},
        {"kernel_cmdline", facts.info.kernel_cmdline},
        {"guest_kernel", facts.info.guest_kernel},
        {"agent_version", facts.info.agent_version},
        {"disks", std::move(disks)},
        {"interfaces", render_interfaces(facts.info.interfaces)},
        {"image", render_image(facts.image)},
        {"paused", facts.is_paused},
    };
    if (!facts.info.confidential.trust.empty())
        document["confidential"] = render_confidential(facts.info.confidential);
    return boost::json::serialize(document);
}

Result<SandboxFacts> parse_facts(std::string_view text) {
    RDT_TRY(const auto document, json::parse("sandbox facts", text, k_limits));
    const auto root = document.root();
    RDT_CHECK(check_version(root));
    SandboxFacts facts;
    RDT_TRY(facts.info, parse_info(root));
    RDT_TRY(facts.image, parse_image(root["image"]));
    RDT_TRY(facts.is_paused, root["paused"].boolean_or(false));
    return facts;
}

std::string render_strings(const std::vector<std::string>& strings) {
    return boost::json::serialize(array_of(strings));
}

Result<std::vector<std::string>> parse_strings(std::string_view text) {
    RDT_TRY(const auto document, json::parse("strings", text, k_limits));
    return document.root().strings();
}

} // namespace redoubt::node::sandbox
