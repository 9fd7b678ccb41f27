// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/pod_output.hpp"

#include <boost/json.hpp>

#include "node-daemon/ctl/json_output.hpp"
#include "node-daemon/ctl/json_text.hpp"

namespace redoubt::ctl {
namespace {

namespace json = boost::json;

json::object member_value(const pb::ContainerSummary& container) {
    return {{"id", container.id()},
            {"name", container.name()},
            {"image", container.image()},
            {"state", name_of_state(container)},
            {"exit_code", container.exit_code()},
            {"reason", container.reason()},
            {"restarts", container.restarts()},
            {"ready", container.ready()}};
}

json::object pod_value(const pb::PodSummary& pod) {
    json::array containers;
    for (const auto& container : pod.containers()) containers.emplace_back(member_value(container));
    return {{"id", pod.id()},
            {"name", pod.name()},
            {"state", name_of_state(pod.state())},
            {"created_at", time_value(pod.created_at())},
            {"started_at", time_value(pod.started_at())},
            {"labels", map_value(pod.labels())},
            {"containers", std::move(containers)}};
}

std::string name_of_kind(pb::PodVolume::Kind kind) {
    if (kind == pb::PodVolume::MEMORY) return "memory";
    if (kind == pb::PodVolume::DISK) return "disk";
    return kind == pb::PodVolume::FILES ? "files" : "unknown";
}

json::array ports_value(const pb::PodSpec& spec) {
    json::array ports;
    for (const auto& port : spec.ports())
        ports.emplace_back(json::object{{"host_ip", port.host_ip()},
                                        {"host_port", port.host_port()},
                                        {"container_port", port.container_port()},
                                        {"protocol", port.protocol()}});
    return ports;
}

json::array volumes_value(const pb::PodSpec& spec) {
    json::array volumes;
    for (const auto& volume : spec.volumes()) {
        json::array files;
        for (const auto& file : volume.files()) files.emplace_back(file.path());
        volumes.emplace_back(json::object{{"name", volume.name()},
                                          {"kind", name_of_kind(volume.kind())},
                                          {"size_bytes", volume.size_bytes()},
                                          {"files", std::move(files)}});
    }
    return volumes;
}

json::value sandbox_value(const pb::SandboxInfo& sandbox) {
    if (sandbox.vmm_pid() == 0) return nullptr;
    json::array interfaces;
    for (const auto& interface : sandbox.interfaces())
        interfaces.emplace_back(json::object{{"name", interface.name()},
                                             {"network", interface.network()},
                                             {"mac", interface.mac()},
                                             {"mtu", interface.mtu()},
                                             {"addresses", strings_value(interface.addresses())}});
    return json::object{{"id", sandbox.id()},
                        {"accelerator", sandbox.accelerator()},
                        {"vmm_pid", sandbox.vmm_pid()},
                        {"vcpus", sandbox.vcpus()},
                        {"memory_bytes", sandbox.memory_bytes()},
                        {"interfaces", std::move(interfaces)},
                        {"confidential", confidential_value(sandbox)}};
}

json::object network_value(const pb::Network& network) {
    json::object value{{"name", network.name()},
                       {"driver", network.driver()},
                       {"plugins", strings_value(network.plugins())},
                       {"bridge", network.bridge()},
                       {"subnets", strings_value(network.subnets())},
                       {"default", network.is_default()},
                       {"dns", network.names()},
                       {"path", network.path()},
                       {"used_by", strings_value(network.users())}};
    boost::system::error_code wrong;
    auto configuration = json::parse(network.configuration(), wrong);
    value["configuration"] = wrong ? json::value(nullptr) : std::move(configuration);
    return value;
}

std::string touched(const char* what, const std::vector<std::string>& names) {
    json::array array;
    for (const auto& name : names) array.push_back(json::object{{what, name}});
    return indented(array);
}

template <class Names>
std::string joined(const Names& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

} // namespace

std::string name_of_state(pb::PodState state) {
    if (state == pb::POD_CREATED) return "created";
    if (state == pb::POD_RUNNING) return "running";
    if (state == pb::POD_DEGRADED) return "degraded";
    return state == pb::POD_EXITED ? "exited" : "unknown";
}

std::string render_pods(const std::vector<pb::PodSummary>& pods, UnixTime now, Truncate truncate) {
    std::vector<std::vector<std::string>> rows{{"POD ID", "NAME", "STATUS", "CREATED", "READY", "RESTARTS"}};
    for (const auto& pod : pods) {
        int ready = 0;
        std::uint32_t restarts = 0;
        for (const auto& container : pod.containers()) {
            ready += container.ready() ? 1 : 0;
            restarts += container.restarts();
        }
        rows.push_back({truncate == Truncate::yes ? short_id(pod.id()) : pod.id(), pod.name(),
                        name_of_state(pod.state()), render_rough_duration(now - pod.created_at()) + " ago",
                        std::to_string(ready) + "/" + std::to_string(pod.containers_size()),
                        std::to_string(restarts)});
    }
    return render_table(rows);
}

std::string pods_json(const std::vector<pb::PodSummary>& pods) {
    json::array array;
    for (const auto& pod : pods) array.push_back(pod_value(pod));
    return indented(array);
}

std::string pod_details_json(const std::vector<pb::InspectPodResponse>& pods) {
    json::array array;
    for (const auto& pod : pods) {
        auto value = pod_value(pod.summary());
        value["hostname"] = pod.spec().hostname();
        value["networks"] = strings_value(pod.spec().networks());
        value["ports"] = ports_value(pod.spec());
        value["annotations"] = map_value(pod.spec().annotations());
        value["volumes"] = volumes_value(pod.spec());
        value["runtime"] = pod.spec().runtime();
        value["grace_seconds"] = pod.spec().grace_seconds();
        value["sandbox"] = sandbox_value(pod.sandbox());
        array.push_back(std::move(value));
    }
    return indented(array);
}

std::string touched_pods_json(const std::vector<std::string>& pods) {
    return touched("pod", pods);
}

std::string render_networks(const std::vector<pb::Network>& networks) {
    std::vector<std::vector<std::string>> rows{{"NETWORK", "DRIVER", "SUBNETS", "NAMES", "USED BY"}};
    for (const auto& network : networks)
        rows.push_back({network.name() + (network.is_default() ? " (default)" : ""), network.driver(),
                        joined(network.subnets()), network.names() ? "yes" : "no", joined(network.users())});
    return render_table(rows);
}

std::string networks_json(const std::vector<pb::Network>& networks) {
    json::array array;
    for (const auto& network : networks) array.push_back(network_value(network));
    return indented(array);
}

std::string touched_networks_json(const std::vector<std::string>& networks) {
    return touched("network", networks);
}

} // namespace redoubt::ctl
