// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>

#include "node-daemon/ctl/manifest_data.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::int64_t k_highest_port = 65535;
constexpr std::int64_t k_highest_id = 4294967294;
constexpr std::uint64_t k_thousand = 1000;

void set_variable(pb::ContainerSpec& spec, const std::string& name, const std::string& value) {
    auto* variable = spec.add_environment();
    variable->set_name(name);
    variable->set_value(value);
}

/// What the node knows of the pod when it is made.
Result<std::string> find_field(ManifestFields fields, const PodContext& context) {
    RDT_TRY(const auto place, fields.need("fieldPath"));
    RDT_TRY(const auto path, place.text());
    fields.ignore({"apiVersion"});
    RDT_CHECK(fields.finish());
    if (path == "metadata.name") return context.pod;
    if (path == "metadata.namespace") return std::string("default");
    return place.wrong(std::format("'{}' is not metadata.name or metadata.namespace", path));
}

Result<std::optional<std::string>> read_source(ManifestFields fields, const PodContext& context) {
    RDT_TRY(auto config_map, fields.object("configMapKeyRef"));
    RDT_TRY(auto secret, fields.object("secretKeyRef"));
    RDT_TRY(auto field, fields.object("fieldRef"));
    RDT_CHECK(fields.finish());
    if ((config_map ? 1 : 0) + (secret ? 1 : 0) + (field ? 1 : 0) != 1)
        return fields.place().wrong("one of configMapKeyRef, secretKeyRef and fieldRef is needed");
    if (config_map) return find_value(*std::move(config_map), context.store.config_maps, "ConfigMap");
    if (secret) return find_value(*std::move(secret), context.store.secrets, "Secret");
    RDT_TRY(auto value, find_field(*std::move(field), context));
    return std::optional(std::move(value));
}

Status read_environment(ManifestFields& container, const PodContext& context, pb::ContainerSpec& spec) {
    RDT_TRY(const auto group_variables, read_variable_groups(container, context.store));
    for (const auto& [name, value] : group_variables) set_variable(spec, name, value);
    RDT_TRY(const auto variables, container.list("env"));
    for (const auto& place : variables) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto name_place, fields.need("name"));
        RDT_TRY(const auto name, name_place.text());
        RDT_TRY(auto source, fields.object("valueFrom"));
        RDT_TRY(auto value, fields.text("value"));
        RDT_CHECK(fields.finish());
        if (source) {
            RDT_TRY(auto found, read_source(*std::move(source), context));
            if (!found) continue;
            value = *std::move(found);
        }
        set_variable(spec, name, value);
    }
    return {};
}

/// The container's ports by name; those with a hostPort are mapped.
Result<std::map<std::string, std::uint32_t>> read_ports(ManifestFields& container, pb::PodSpec& pod) {
    std::map<std::string, std::uint32_t> named;
    RDT_TRY(const auto ports, container.list("ports"));
    for (const auto& place : ports) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto port_place, fields.need("containerPort"));
        RDT_TRY(const auto port, port_place.integer(1, k_highest_port));
        RDT_TRY(const auto host_port, fields.integer("hostPort", 0, 0, k_highest_port));
        RDT_TRY(const auto host_ip, fields.text("hostIP"));
        RDT_TRY(const auto protocol, fields.text("protocol", "TCP"));
        RDT_TRY(const auto name, fields.text("name"));
        if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP")
            return place.wrong(std::format("protocol '{}' is not TCP, UDP or SCTP", protocol));
        RDT_CHECK(fields.finish());
        if (!name.empty()) named.emplace(name, static_cast<std::uint32_t>(port));
        if (host_port == 0) continue;
        auto* mapping = pod.add_ports();
        mapping->set_host_ip(host_ip);
        mapping->set_host_port(static_cast<std::uint32_t>(host_port));
        mapping->set_container_port(static_cast<std::uint32_t>(port));
        mapping->set_protocol(protocol == "TCP" ? "tcp" : protocol == "UDP" ? "udp" : "sctp");
    }
    return named;
}

Result<std::uint64_t> parse_quantity(const ManifestPlace& place) {
    RDT_TRY(const auto word, place.word());
    auto thousandths = parse_quantity_in_thousandths(word);
    if (!thousandths) return place.wrong(thousandths.error().message);
    return *thousandths;
}

Status read_resources(ManifestFields& container, pb::ContainerSpec& spec) {
    RDT_TRY(auto resources, container.object("resources"));
    if (!resources) return {};
    RDT_TRY(auto limits, resources->object("limits"));
    if (limits) {
        if (const auto memory = limits->take("memory")) {
            RDT_TRY(const auto thousandths, parse_quantity(*memory));
            spec.set_memory_bytes((thousandths + k_thousand - 1) / k_thousand);
        }
        if (const auto cpu = limits->take("cpu")) {
            RDT_TRY(const auto thousandths, parse_quantity(*cpu));
            spec.set_cpus(static_cast<double>(thousandths) / static_cast<double>(k_thousand));
        }
        RDT_CHECK(limits->finish());
    }
    // What is requested is for a scheduler; a node that stands alone has none.
    resources->ignore({"requests"});
    return resources->finish();
}

Status read_mounts(ManifestFields& container, const PodContext& context, pb::ContainerSpec& spec) {
    RDT_TRY(const auto mounts, container.list("volumeMounts"));
    for (const auto& place : mounts) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto name_place, fields.need("name"));
        RDT_TRY(const auto name, name_place.text());
        RDT_TRY(const auto target_place, fields.need("mountPath"));
        const auto known = context.volumes.find(name);
        if (known == context.volumes.end())
            return name_place.wrong(std::format("the pod has no volume '{}'", name));
        auto* mount = spec.add_mounts();
        *mount = known->second;
        RDT_TRY(*mount->mutable_target(), target_place.text());
        RDT_TRY(const bool read_only, fields.boolean("readOnly", false));
        mount->set_read_only(mount->read_only() || read_only);
        if (const auto sub_path = fields.take("subPath")) {
            if (mount->kind() != pb::Mount::POD)
                return sub_path->wrong("only of emptyDir, configMap and secret");
            RDT_TRY(*mount->mutable_sub_path(), sub_path->text());
            if (("/" + mount->sub_path() + "/").contains("/../"))
                return sub_path->wrong("it leaves the volume");
        }
        RDT_CHECK(fields.finish());
    }
    return {};
}

Status read_security(ManifestFields& container, const PodContext& context, pb::ContainerSpec& spec) {
    spec.set_user(context.user);
    RDT_TRY(auto security, container.object("securityContext"));
    if (!security) return {};
    RDT_TRY(*spec.mutable_user(), parse_manifest_user(*security, context.user));
    RDT_TRY(const bool is_privileged, security->boolean("privileged", false));
    spec.set_privileged(is_privileged);
    RDT_TRY(const bool is_read_only, security->boolean("readOnlyRootFilesystem", false));
    spec.set_read_only_rootfs(is_read_only);
    RDT_TRY(auto capabilities, security->object("capabilities"));
    if (capabilities) {
        RDT_TRY(const auto added, capabilities->texts("add"));
        for (const auto& name : added) spec.add_added_capabilities(name);
        RDT_TRY(const auto dropped, capabilities->texts("drop"));
        for (const auto& name : dropped) spec.add_dropped_capabilities(name);
        RDT_CHECK(capabilities->finish());
    }
    return security->finish();
}

Result<PullPolicy> parse_pull(ManifestFields& container) {
    const auto place = container.take("imagePullPolicy");
    // Kubernetes looks a tag "latest" up anew. A node that stands alone starts without its registry.
    if (!place) return PullPolicy::missing;
    RDT_TRY(const auto text, place->text());
    if (text == "Always") return PullPolicy::always;
    if (text == "IfNotPresent") return PullPolicy::missing;
    if (text == "Never") return PullPolicy::never;
    return place->wrong(std::format("'{}' is not Always, IfNotPresent or Never", text));
}

Status read_command(ManifestFields& container, pb::ContainerSpec& spec) {
    RDT_TRY(const auto command, container.texts("command"));
    for (const auto& word : command) spec.add_entrypoint(word);
    RDT_TRY(const auto arguments, container.texts("args"));
    for (const auto& word : arguments) spec.add_command(word);
    RDT_TRY(*spec.mutable_working_directory(), container.text("workingDir"));
    RDT_TRY(const bool is_terminal, container.boolean("tty", false));
    RDT_TRY(const bool is_open, container.boolean("stdin", false));
    spec.set_terminal(is_terminal);
    spec.set_stdin_open(is_open);
    return {};
}

} // namespace

Result<std::string> parse_manifest_user(ManifestFields& security, const std::string& fallback) {
    const auto user = security.take("runAsUser");
    const auto group = security.take("runAsGroup");
    RDT_CHECK(security.boolean("runAsNonRoot", false));
    RDT_CHECK(security.boolean("allowPrivilegeEscalation", false));
    security.ignore({"seccompProfile"}); // the node's own is always there
    if (!user && !group) return fallback;
    if (!user) return group->wrong("runAsUser is needed beside it");
    RDT_TRY(const auto uid, user->integer(0, k_highest_id));
    if (!group) return std::to_string(uid);
    RDT_TRY(const auto gid, group->integer(0, k_highest_id));
    return std::format("{}:{}", uid, gid);
}

Result<ManifestContainer> parse_manifest_container(const ManifestPlace& place, const PodContext& context,
                                                   pb::PodSpec& pod) {
    RDT_TRY(auto fields, ManifestFields::open(place));
    ManifestContainer container;
    auto& spec = container.spec;
    RDT_TRY(const auto name_place, fields.need("name"));
    RDT_TRY(const auto name, name_place.text());
    spec.set_name(context.pod + "-" + name);
    RDT_TRY(const auto image, fields.need("image"));
    RDT_TRY(*spec.mutable_image(), image.text());
    RDT_TRY(container.pull, parse_pull(fields));
    RDT_CHECK(read_command(fields, spec));
    RDT_CHECK(read_environment(fields, context, spec));
    RDT_CHECK(read_resources(fields, spec));
    RDT_CHECK(read_mounts(fields, context, spec));
    RDT_CHECK(read_security(fields, context, spec));
    RDT_TRY(const auto ports, read_ports(fields, pod));
    if (!context.is_init) RDT_CHECK(parse_manifest_probes(fields, ports, spec));
    fields.ignore({"terminationMessagePath", "terminationMessagePolicy"});
    RDT_CHECK(fields.finish());
    spec.set_init(context.is_init);
    spec.mutable_restart()->set_kind(context.is_init ? pb::RestartPolicy::NO : context.restart);
    spec.set_stop_seconds(std::max(context.grace_seconds, 1U));
    return container;
}

} // namespace redoubt::ctl
