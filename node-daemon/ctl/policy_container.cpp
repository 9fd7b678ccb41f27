// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>
#include <optional>

#include "node-daemon/ctl/policy_workload.hpp"

namespace redoubt::ctl {

namespace ap = agent_policy;

namespace {

constexpr std::int64_t k_highest_id = 4294967294;
constexpr const char* k_uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
constexpr const char* k_dns_name = "[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?";

/// "metadata.labels['app']": app.
std::optional<std::string> subscript(const std::string& path, const std::string& object) {
    for (const char quote : {'\'', '"'}) {
        const auto begin = std::format("{}[{}", object, quote);
        const auto end = std::format("{}]", quote);
        if (path.size() > begin.size() + end.size() && path.starts_with(begin) && path.ends_with(end))
            return path.substr(begin.size(), path.size() - begin.size() - end.size());
    }
    return std::nullopt;
}

std::string value_or_empty(const std::map<std::string, std::string>& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? "" : found->second;
}

Result<ap::Template> field_value(ManifestFields fields, const PolicyContext& context) {
    RDT_TRY(const auto place, fields.need("fieldPath"));
    RDT_TRY(const auto path, place.text());
    fields.ignore({"apiVersion"});
    RDT_CHECK(fields.finish());
    if (const auto label = subscript(path, "metadata.labels"))
        return ap::Template::literal(value_or_empty(context.labels, *label));
    if (const auto annotation = subscript(path, "metadata.annotations"))
        return ap::Template::literal(value_or_empty(context.annotations, *annotation));
    if (path == "spec.serviceAccountName") return ap::Template::literal(context.service_account);
    static const std::map<std::string_view, const char*> k_patterns = {
        {"metadata.name", "$(sandbox-name)"},
        {"metadata.namespace", "$(sandbox-namespace)"},
        {"metadata.uid", k_uuid},
        {"spec.nodeName", k_dns_name},
        {"status.podIP", "[0-9a-f.:]+"},
        {"status.hostIP", "[0-9a-f.:]+"},
        {"status.podIPs", "[0-9a-f.:]+(?:,[0-9a-f.:]+)?"},
        {"status.hostIPs", "[0-9a-f.:]+(?:,[0-9a-f.:]+)?"}};
    const auto pattern = k_patterns.find(path);
    if (pattern == k_patterns.end()) return place.wrong(std::format("'{}' is not known", path));
    return ap::Template::pattern(pattern->second);
}

Result<std::optional<ap::Template>> source_value(ManifestFields fields, const PolicyContext& context) {
    RDT_TRY(auto config_map, fields.object("configMapKeyRef"));
    RDT_TRY(auto secret, fields.object("secretKeyRef"));
    RDT_TRY(auto field, fields.object("fieldRef"));
    RDT_TRY(auto resource, fields.object("resourceFieldRef"));
    RDT_CHECK(fields.finish());
    const int sources = (config_map ? 1 : 0) + (secret ? 1 : 0) + (field ? 1 : 0) + (resource ? 1 : 0);
    if (sources != 1)
        return fields.place().wrong(
            "one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef is needed");
    if (config_map || secret) {
        RDT_TRY(auto found, config_map
                                ? find_value(*std::move(config_map), context.store.config_maps, "ConfigMap")
                                : find_value(*std::move(secret), context.store.secrets, "Secret"));
        return std::move(found).transform(&ap::Template::literal);
    }
    if (resource) return std::optional(ap::Template::pattern("[0-9]+"));
    RDT_TRY(auto value, field_value(*std::move(field), context));
    return std::optional(std::move(value));
}

Status read_environment(ManifestFields& container, const PolicyContext& context, ap::Container& out) {
    RDT_TRY(auto group_variables, read_variable_groups(container, context.store));
    for (auto& [name, value] : group_variables)
        out.env.push_back(
            {.name = std::move(name), .value = ap::Template::literal(std::move(value)), .is_final = true});
    RDT_TRY(const auto variables, container.list("env"));
    for (const auto& place : variables) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        RDT_TRY(const auto name_place, fields.need("name"));
        RDT_TRY(const auto name, name_place.text());
        if (name.empty() || name.contains('=')) return name_place.wrong("not the name of a variable");
        RDT_TRY(auto source, fields.object("valueFrom"));
        RDT_TRY(const auto value, fields.text("value"));
        RDT_CHECK(fields.finish());
        ap::Variable variable{.name = name, .value = ap::Template::literal(value)};
        if (source) {
            RDT_TRY(auto found, source_value(*std::move(source), context));
            if (!found) continue;
            variable.value = *std::move(found);
            variable.is_final = true;
        }
        out.env.push_back(std::move(variable));
    }
    return {};
}

Status read_volume_uses(ManifestFields& container, const PolicyContext& context, ap::Container& out) {
    RDT_TRY(const auto mounts, container.list("volumeMounts"));
    for (const auto& place : mounts) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        ap::VolumeUse use;
        RDT_TRY(const auto name, fields.need("name"));
        RDT_TRY(use.volume, name.text());
        RDT_TRY(const auto path, fields.need("mountPath"));
        RDT_TRY(use.path, path.text());
        RDT_TRY(use.is_read_only, fields.boolean("readOnly", false));
        RDT_TRY(use.propagation, fields.text("mountPropagation"));
        RDT_TRY(use.sub_path, fields.text("subPath"));
        fields.ignore({"subPathExpr", "recursiveReadOnly"});
        RDT_CHECK(fields.finish());
        const auto volume = context.volumes.find(use.volume);
        if (volume == context.volumes.end())
            return name.wrong(std::format("the pod has no volume '{}'", use.volume));
        if (use.path.size() > 1 && use.path.ends_with('/')) use.path.pop_back();
        use.kind = volume->second.kind;
        use.key_uri = volume->second.key_uri;
        out.volumes.push_back(std::move(use));
    }
    RDT_TRY(const auto devices, container.list("volumeDevices"));
    for (const auto& place : devices) {
        RDT_TRY(auto fields, ManifestFields::open(place));
        fields.ignore({"name"});
        RDT_TRY(const auto path, fields.need("devicePath"));
        RDT_TRY(auto text, path.text());
        out.device_paths.push_back(std::move(text));
        RDT_CHECK(fields.finish());
    }
    return {};
}

Status read_capabilities(ManifestFields& security, ap::Container& out) {
    RDT_TRY(auto capabilities, security.object("capabilities"));
    if (!capabilities) return {};
    RDT_TRY(out.add_capabilities, capabilities->texts("add"));
    RDT_TRY(out.drop_capabilities, capabilities->texts("drop"));
    return capabilities->finish();
}

Status read_security(ManifestFields& container, ap::Container& out) {
    RDT_TRY(auto security, container.object("securityContext"));
    if (!security) return {};
    RDT_TRY(out.user, parse_user_wish(*security));
    RDT_TRY(out.privileged, security->boolean("privileged", false));
    RDT_TRY(out.allow_escalation, security->boolean("allowPrivilegeEscalation", true));
    RDT_TRY(out.read_only_root, security->boolean("readOnlyRootFilesystem", false));
    RDT_TRY(const auto proc, security->text("procMount", "Default"));
    out.unmasked_proc = proc == "Unmasked";
    RDT_CHECK(read_capabilities(*security, out));
    // A node leaves seccomp and labels out of what it asks a guest for, and rules refuse them.
    security->ignore(
        {"seccompProfile", "appArmorProfile", "seLinuxOptions", "windowsOptions", "runAsNonRoot"});
    return security->finish();
}

/// The command of a probe or hook that is one.
Status read_action(const std::optional<ManifestFields>& action,
                   std::vector<std::vector<std::string>>& commands) {
    if (!action) return {};
    auto fields = *action;
    RDT_TRY(auto exec, fields.object("exec"));
    fields.ignore({"httpGet", "tcpSocket", "grpc", "sleep", "initialDelaySeconds", "periodSeconds",
                   "timeoutSeconds", "successThreshold", "failureThreshold",
                   "terminationGracePeriodSeconds"});
    RDT_CHECK(fields.finish());
    if (!exec) return {};
    RDT_TRY(auto command, exec->texts("command"));
    if (!command.empty()) commands.push_back(std::move(command));
    return exec->finish();
}

Status read_commands(ManifestFields& container, ap::Container& out) {
    for (const auto* name : {"livenessProbe", "readinessProbe", "startupProbe"}) {
        RDT_TRY(const auto probe, container.object(name));
        RDT_CHECK(read_action(probe, out.probe_commands));
    }
    RDT_TRY(auto lifecycle, container.object("lifecycle"));
    if (!lifecycle) return {};
    for (const auto* name : {"postStart", "preStop"}) {
        RDT_TRY(const auto hook, lifecycle->object(name));
        RDT_CHECK(read_action(hook, out.hook_commands));
    }
    lifecycle->ignore({"stopSignal"});
    return lifecycle->finish();
}

Status read_gpus(ManifestFields& container, const PolicyContext& context, ap::Container& out) {
    constexpr std::int64_t k_most = 64;
    RDT_TRY(auto resources, container.object("resources"));
    if (!resources) return {};
    RDT_TRY(auto limits, resources->object("limits"));
    if (!limits) return {};
    for (const auto& name : context.gpu_resources) {
        const auto place = limits->take(name);
        if (!place) continue;
        // Kubernetes takes 1 and "1" for the same.
        RDT_TRY(const auto word, place->word());
        const auto thousandths = parse_quantity_in_thousandths(word);
        if (!thousandths || *thousandths % 1000 != 0 || *thousandths / 1000 > k_most)
            return place->wrong(std::format("not a number of devices up to {}", k_most));
        out.gpus += static_cast<std::uint32_t>(*thousandths / 1000);
    }
    return {};
}

} // namespace

Result<ap::UserWish> parse_user_wish(ManifestFields& security) {
    ap::UserWish wish;
    if (const auto place = security.take("runAsUser")) {
        RDT_TRY(const auto uid, place->integer(0, k_highest_id));
        wish.uid = static_cast<std::uint32_t>(uid);
    }
    if (const auto place = security.take("runAsGroup")) {
        RDT_TRY(const auto gid, place->integer(0, k_highest_id));
        wish.gid = static_cast<std::uint32_t>(gid);
    }
    return wish;
}

Result<ap::Container> parse_policy_container(const ManifestPlace& place, const PolicyContext& context) {
    RDT_TRY(auto fields, ManifestFields::open(place));
    ap::Container out;
    RDT_TRY(const auto name, fields.need("name"));
    RDT_TRY(out.name, name.text());
    RDT_TRY(const auto image, fields.need("image"));
    RDT_TRY(out.image, image.text());
    RDT_TRY(out.command, fields.texts("command"));
    RDT_TRY(out.args, fields.texts("args"));
    RDT_TRY(out.working_dir, fields.text("workingDir"));
    RDT_TRY(out.tty, fields.boolean("tty", false));
    RDT_TRY(out.termination_message_path,
            fields.text("terminationMessagePath", out.termination_message_path));
    RDT_CHECK(read_environment(fields, context, out));
    RDT_CHECK(read_volume_uses(fields, context, out));
    RDT_CHECK(read_security(fields, out));
    RDT_CHECK(read_commands(fields, out));
    RDT_CHECK(read_gpus(fields, context, out));
    fields.ignore({"ports", "imagePullPolicy", "terminationMessagePolicy", "stdin", "stdinOnce",
                   "resizePolicy", "restartPolicy", "restartPolicyRules"});
    RDT_CHECK(fields.finish());
    return out;
}

} // namespace redoubt::ctl
