// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/json_output.hpp"

#include <boost/json.hpp>

#include <algorithm>

#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

namespace json = boost::json;

json::object summary_value(const pb::ContainerSummary& container) {
    const bool has_exited = container.state() == pb::EXITED;
    return {
        {"id", container.id()},
        {"name", container.name()},
        {"image", container.image()},
        {"image_id", container.image_id()},
        {"command", strings_value(container.command())},
        {"state", name_of_state(container)},
        {"created_at", time_value(container.created_at())},
        {"started_at", time_value(container.started_at())},
        {"finished_at", time_value(container.finished_at())},
        {"exit_code", has_exited ? json::value(container.exit_code()) : json::value(nullptr)},
        {"oom_killed", container.oom_killed()},
        {"reason", container.reason()},
        {"labels", map_value(container.labels())},
        {"restarts", container.restarts()},
        {"runtime", container.runtime()},
        {"simulation", container.simulation()},
    };
}

json::array ports_value(const pb::ContainerSpec& spec) {
    json::array ports;
    for (const auto& port : spec.ports()) {
        ports.push_back(json::object{{"host_ip", port.host_ip()},
                                     {"host_port", port.host_port()},
                                     {"container_port", port.container_port()},
                                     {"protocol", port.protocol()}});
    }
    return ports;
}

std::string name_of_kind(pb::Mount::Kind kind) {
    if (kind == pb::Mount::TMPFS) return "tmpfs";
    return kind == pb::Mount::BIND ? "bind" : "volume";
}

json::array mounts_value(const pb::ContainerSpec& spec) {
    json::array mounts;
    for (const auto& mount : spec.mounts()) {
        json::object value{{"type", name_of_kind(mount.kind())},
                           {"source", mount.source()},
                           {"target", mount.target()},
                           {"read_only", mount.read_only()},
                           {"options", strings_value(mount.options())}};
        if (mount.kind() == pb::Mount::TMPFS) value["size_bytes"] = mount.tmpfs_bytes();
        mounts.push_back(std::move(value));
    }
    return mounts;
}

json::array ulimits_value(const pb::ContainerSpec& spec) {
    json::array limits;
    for (const auto& limit : spec.ulimits())
        limits.push_back(
            json::object{{"name", limit.name()}, {"soft", limit.soft()}, {"hard", limit.hard()}});
    return limits;
}

json::object restart_value(const pb::RestartPolicy& policy) {
    std::string name = "no";
    if (policy.kind() == pb::RestartPolicy::ON_FAILURE) name = "on-failure";
    if (policy.kind() == pb::RestartPolicy::ALWAYS) name = "always";
    if (policy.kind() == pb::RestartPolicy::UNLESS_STOPPED) name = "unless-stopped";
    return {{"policy", name}, {"most_retries", policy.most_retries()}};
}

json::object spec_value(const pb::ContainerSpec& spec) {
    json::array environment;
    for (const auto& variable : spec.environment())
        environment.emplace_back(variable.name() + "=" + variable.value());
    return {
        {"image", spec.image()},
        {"entrypoint", strings_value(spec.entrypoint())},
        {"without_entrypoint", spec.without_entrypoint()},
        {"command", strings_value(spec.command())},
        {"environment", environment},
        {"working_directory", spec.working_directory()},
        {"user", spec.user()},
        {"terminal", spec.terminal()},
        {"stdin_open", spec.stdin_open()},
        {"read_only_rootfs", spec.read_only_rootfs()},
        {"memory_bytes", spec.memory_bytes()},
        {"cpus", spec.cpus()},
        {"hostname", spec.hostname()},
        {"auto_remove", spec.auto_remove()},
        {"stop_signal", spec.stop_signal()},
        {"networks", strings_value(spec.networks())},
        {"ports", ports_value(spec)},
        {"annotations", map_value(spec.annotations())},
        {"mounts", mounts_value(spec)},
        {"shm_bytes", spec.shm_bytes()},
        {"cap_add", strings_value(spec.added_capabilities())},
        {"cap_drop", strings_value(spec.dropped_capabilities())},
        {"privileged", spec.privileged()},
        {"ulimits", ulimits_value(spec)},
        {"devices", strings_value(spec.devices())},
        {"restart", restart_value(spec.restart())},
    };
}

json::array interfaces_value(const pb::SandboxInfo& sandbox) {
    json::array interfaces;
    for (const auto& interface : sandbox.interfaces()) {
        interfaces.push_back(json::object{{"name", interface.name()},
                                          {"network", interface.network()},
                                          {"mac", interface.mac()},
                                          {"mtu", interface.mtu()},
                                          {"addresses", strings_value(interface.addresses())}});
    }
    return interfaces;
}

json::object sandbox_value(const pb::SandboxInfo& sandbox) {
    json::array disks;
    for (const auto& disk : sandbox.disks()) {
        disks.push_back(json::object{{"id", disk.id()},
                                     {"path", disk.path()},
                                     {"read_only", disk.read_only()},
                                     {"root_hash", disk.root_hash()}});
    }
    return {
        {"id", sandbox.id()},
        {"hypervisor", sandbox.hypervisor()},
        {"accelerator", sandbox.accelerator()},
        {"cloned", sandbox.cloned()},
        {"vmm_pid", sandbox.vmm_pid() == 0 ? json::value(nullptr) : json::value(sandbox.vmm_pid())},
        {"vcpus", sandbox.vcpus()},
        {"memory_bytes", sandbox.memory_bytes()},
        {"kernel_cmdline", sandbox.kernel_cmdline()},
        {"guest_kernel", sandbox.guest_kernel()},
        {"agent_version", sandbox.agent_version()},
        {"disks", disks},
        {"interfaces", interfaces_value(sandbox)},
        {"confidential", confidential_value(sandbox)},
    };
}

json::object image_value(const pb::Image& image) {
    return {
        {"id", image.id()},
        {"manifest_digest", image.manifest_digest()},
        {"names", strings_value(image.names())},
        {"size_bytes", image.size_bytes()},
        {"created_at", time_value(image.created_at())},
        {"pulled_at", time_value(image.pulled_at())},
        {"platform", image.platform()},
        {"encrypted", image.encrypted()},
    };
}

json::object image_details_value(const pb::InspectImageResponse& details) {
    json::object value = image_value(details.image());
    json::array layers;
    for (const auto& layer : details.layers()) {
        layers.push_back(json::object{{"digest", layer.digest()},
                                      {"diff_id", layer.diff_id()},
                                      {"size_bytes", layer.size_bytes()},
                                      {"conversion", layer.conversion()},
                                      {"root_hash", layer.root_hash()},
                                      {"salt", layer.salt()},
                                      {"data_blocks", layer.data_blocks()}});
    }
    value["layers"] = std::move(layers);
    boost::system::error_code error;
    json::value config = json::parse(details.config_json(), error);
    value["config"] = error ? json::value(nullptr) : std::move(config);
    return value;
}

std::string verdict_name(pb::CheckResult::Verdict verdict) {
    if (verdict == pb::CheckResult::OK) return "ok";
    return verdict == pb::CheckResult::WARNING ? "warning" : "failed";
}

} // namespace

std::string indented_json(const json::value& value) {
    return indented(value);
}

json::value confidential_value(const pb::SandboxInfo& sandbox) {
    if (!sandbox.has_confidential()) return nullptr;
    const auto& confidential = sandbox.confidential();
    return json::object{
        {"trust", confidential.trust()},         {"initdata_digest", confidential.initdata_digest()},
        {"host_data", confidential.host_data()}, {"measurement", confidential.measurement()},
        {"firmware", confidential.firmware()},   {"broker", confidential.broker()}};
}

std::string containers_json(const std::vector<pb::ContainerSummary>& containers) {
    json::array array;
    for (const auto& container : containers) array.push_back(summary_value(container));
    return indented(array);
}

std::string container_details_json(const std::vector<pb::InspectContainerResponse>& containers) {
    json::array array;
    for (const auto& container : containers) {
        json::object value = summary_value(container.summary());
        value["log_path"] = container.log_path();
        value["spec"] = spec_value(container.spec());
        value["sandbox"] = sandbox_value(container.sandbox());
        array.push_back(std::move(value));
    }
    return indented(array);
}

std::string images_json(const pb::ListImagesResponse& images) {
    json::array array;
    for (const auto& image : images.images()) array.push_back(image_value(image));
    return indented(array);
}

std::string image_json(const pb::Image& image) {
    return indented(image_value(image));
}

std::string image_details_json(const std::vector<pb::InspectImageResponse>& images) {
    json::array array;
    for (const auto& image : images) array.push_back(image_details_value(image));
    return indented(array);
}

std::string removed_images_json(const std::vector<pb::RemoveImageResponse>& removed) {
    json::array array;
    for (const auto& image : removed) {
        array.push_back(json::object{{"untagged", strings_value(image.untagged())},
                                     {"deleted", strings_value(image.deleted())}});
    }
    return indented(array);
}

std::string node_info_json(const pb::NodeInfo& info) {
    return indented(json::object{
        {"version", info.version()},
        {"hostname", info.hostname()},
        {"kernel", info.kernel()},
        {"state_directory", info.state_directory()},
        {"hypervisor_version", info.hypervisor_version()},
        {"accelerator", info.accelerator()},
        {"accelerator_reason", info.accelerator_reason()},
        {"guest_version", info.guest_version()},
        {"guest_kernel_sha384", info.guest_kernel_sha384()},
        {"guest_initramfs_sha384", info.guest_initramfs_sha384()},
        {"containers_running", info.containers_running()},
        {"containers_total", info.containers_total()},
        {"images", info.images()},
        {"cpus", info.cpus()},
        {"memory_bytes", info.memory_bytes()},
        {"started_at", time_value(info.started_at())},
        {"drained", info.drained()},
        {"pool_size", info.pool_size()},
        {"pool_waiting", info.pool_waiting()},
    });
}

std::string checks_json(const pb::CheckNodeResponse& response) {
    json::array array;
    for (const auto& check : response.checks()) {
        array.push_back(json::object{{"name", check.name()},
                                     {"verdict", verdict_name(check.verdict())},
                                     {"detail", check.detail()},
                                     {"remedy", check.remedy()}});
    }
    return indented(array);
}

std::string event_json_line(const pb::Event& event) {
    return json::serialize(json::object{{"time", time_value(event.time())},
                                        {"type", event.type()},
                                        {"action", event.action()},
                                        {"id", event.id()},
                                        {"name", event.name()},
                                        {"attributes", map_value(event.attributes())}}) +
           "\n";
}

std::string log_json_line(const pb::LogsResponse& line) {
    return json::serialize(json::object{{"time", time_value(line.time())},
                                        {"stream", line.stream() == pb::STDERR ? "stderr" : "stdout"},
                                        {"line", as_utf8(line.line())},
                                        {"partial", line.partial()}}) +
           "\n";
}

std::string id_json(const std::string& id) {
    return indented(json::object{{"id", id}});
}

std::string touched_containers_json(const std::vector<std::string>& containers) {
    json::array array;
    for (const auto& container : containers) array.push_back(json::object{{"container", container}});
    return indented(array);
}

std::string exit_codes_json(const std::vector<std::pair<std::string, int>>& codes) {
    json::array array;
    for (const auto& [container, code] : codes) {
        array.push_back(json::object{{"container", container}, {"exit_code", code}});
    }
    return indented(array);
}

std::string versions_json(std::string_view client, const std::string* server) {
    return indented(
        json::object{{"client", std::string(client)},
                     {"server", server == nullptr ? json::value(nullptr) : json::value(*server)}});
}

Result<std::vector<std::string>> parse_json_strings(const std::string& text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    const auto* array = error ? nullptr : value.if_array();
    if (array == nullptr ||
        !std::ranges::all_of(*array, [](const json::value& item) { return item.is_string(); })) {
        return fail(Code::invalid_argument, "'{}' is not a JSON array of strings", text);
    }
    std::vector<std::string> strings;
    for (const auto& item : *array) strings.emplace_back(item.get_string());
    return strings;
}

} // namespace redoubt::ctl
