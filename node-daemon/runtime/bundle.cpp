// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/runtime/bundle.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>
#include <vector>

namespace redoubt::node::runtime {
namespace {

namespace json = boost::json;

json::array array_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const auto& text : texts) out.emplace_back(text);
    return out;
}

json::object object_of(const std::map<std::string, std::string>& pairs) {
    json::object out;
    for (const auto& [key, value] : pairs) out[key] = value;
    return out;
}

template <class Values, class Render>
json::array list_of(const Values& values, Render render) {
    json::array out;
    for (const auto& value : values) out.emplace_back(render(value));
    return out;
}

json::object user_of(const oci::User& user) {
    json::object out{{"uid", user.uid}, {"gid", user.gid}};
    if (user.umask) out["umask"] = *user.umask;
    if (user.additional_gids.empty()) return out;
    json::array groups;
    for (const auto group : user.additional_gids) groups.emplace_back(group);
    out["additionalGids"] = std::move(groups);
    return out;
}

json::object capabilities_of(const oci::Capabilities& set) {
    return {{"bounding", array_of(set.bounding)},
            {"effective", array_of(set.effective)},
            {"inheritable", array_of(set.inheritable)},
            {"permitted", array_of(set.permitted)},
            {"ambient", array_of(set.ambient)}};
}

json::object process_of(const oci::Process& process) {
    json::object out{{"terminal", process.terminal},
                     {"user", user_of(process.user)},
                     {"args", array_of(process.args)},
                     {"env", array_of(process.env)},
                     {"cwd", process.cwd},
                     {"capabilities", capabilities_of(process.capabilities)},
                     {"rlimits", list_of(process.rlimits,
                                         [](const oci::Rlimit& limit) {
                                             return json::object{{"type", limit.type},
                                                                 {"hard", limit.hard},
                                                                 {"soft", limit.soft}};
                                         })},
                     {"noNewPrivileges", process.no_new_privileges}};
    const auto& size = process.console_size;
    if (process.terminal && size.rows != 0 && size.columns != 0)
        out["consoleSize"] = json::object{{"height", size.rows}, {"width", size.columns}};
    if (process.oom_score_adj) out["oomScoreAdj"] = *process.oom_score_adj;
    return out;
}

json::object mount_of(const oci::Mount& mount) {
    return {{"destination", mount.destination},
            {"type", mount.type},
            {"source", mount.source},
            {"options", array_of(mount.options)}};
}

json::object namespace_of(const oci::Namespace& item) {
    json::object out{{"type", item.type}};
    if (!item.path.empty()) out["path"] = item.path;
    return out;
}

json::object device_of(const oci::Device& device) {
    return {{"path", device.path},         {"type", device.type}, {"major", device.major},
            {"minor", device.minor},       {"uid", device.uid},   {"gid", device.gid},
            {"fileMode", device.file_mode}};
}

json::object rule_of(const oci::DeviceRule& rule) {
    json::object out{{"allow", rule.allow}, {"access", rule.access}};
    if (!rule.type.empty()) out["type"] = rule.type;
    if (rule.major >= 0) out["major"] = rule.major;
    if (rule.minor >= 0) out["minor"] = rule.minor;
    return out;
}

void set_unless_zero(json::object& out, const char* key, auto value) {
    if (value != 0) out[key] = value;
}

json::object limits_of(const oci::Resources& resources) {
    json::object memory;
    set_unless_zero(memory, "limit", resources.memory_limit);
    set_unless_zero(memory, "reservation", resources.memory_reservation);
    set_unless_zero(memory, "swap", resources.memory_swap);
    json::object cpu;
    set_unless_zero(cpu, "shares", resources.cpu_shares);
    set_unless_zero(cpu, "quota", resources.cpu_quota);
    set_unless_zero(cpu, "period", resources.cpu_period);
    if (!resources.cpuset_cpus.empty()) cpu["cpus"] = resources.cpuset_cpus;
    if (!resources.cpuset_mems.empty()) cpu["mems"] = resources.cpuset_mems;
    json::object out;
    if (!memory.empty()) out["memory"] = std::move(memory);
    if (!cpu.empty()) out["cpu"] = std::move(cpu);
    if (resources.pids_limit != 0) out["pids"] = json::object{{"limit", resources.pids_limit}};
    return out;
}

json::object argument_of(const oci::SeccompArgument& argument) {
    return {{"index", argument.index},
            {"value", argument.value},
            {"valueTwo", argument.value_two},
            {"op", argument.op}};
}

json::object seccomp_rule_of(const oci::SeccompRule& rule) {
    json::object out{{"names", array_of(rule.names)}, {"action", rule.action}};
    if (rule.errno_return) out["errnoRet"] = *rule.errno_return;
    if (!rule.arguments.empty()) out["args"] = list_of(rule.arguments, argument_of);
    return out;
}

json::object seccomp_of(const oci::Seccomp& filter) {
    json::object out{{"defaultAction", filter.default_action},
                     {"architectures", array_of(filter.architectures)},
                     {"syscalls", list_of(filter.rules, seccomp_rule_of)}};
    if (filter.default_errno_return) out["defaultErrnoRet"] = *filter.default_errno_return;
    if (!filter.flags.empty()) out["flags"] = array_of(filter.flags);
    return out;
}

json::object linux_of(const oci::Linux& part) {
    auto resources = limits_of(part.resources);
    resources["devices"] = list_of(part.resources.devices, rule_of);
    json::object out{{"cgroupsPath", part.cgroups_path},
                     {"namespaces", list_of(part.namespaces, namespace_of)},
                     {"resources", std::move(resources)},
                     {"maskedPaths", array_of(part.masked_paths)},
                     {"readonlyPaths", array_of(part.readonly_paths)}};
    if (!part.sysctl.empty()) out["sysctl"] = object_of(part.sysctl);
    if (!part.devices.empty()) out["devices"] = list_of(part.devices, device_of);
    if (part.seccomp) out["seccomp"] = seccomp_of(*part.seccomp);
    if (!part.rootfs_propagation.empty()) out["rootfsPropagation"] = part.rootfs_propagation;
    return out;
}

} // namespace

std::string render_config(const oci::Spec& spec) {
    json::object out{{"ociVersion", spec.version},
                     {"process", process_of(spec.process)},
                     {"root", json::object{{"path", spec.root_path}, {"readonly", spec.root_readonly}}},
                     {"hostname", spec.hostname},
                     {"mounts", list_of(spec.mounts, mount_of)},
                     {"linux", linux_of(spec.linux_part)}};
    if (!spec.annotations.empty()) out["annotations"] = object_of(spec.annotations);
    return json::serialize(out) + "\n";
}

std::string render_process(const oci::Process& process) {
    return json::serialize(process_of(process)) + "\n";
}

std::string render_resources(const oci::Resources& resources) {
    return json::serialize(limits_of(resources)) + "\n";
}

} // namespace redoubt::node::runtime
