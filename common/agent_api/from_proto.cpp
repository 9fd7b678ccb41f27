// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_api/from_proto.hpp"

#include <optional>
#include <utility>

namespace redoubt::agent_api {

namespace {

template <class Repeated>
auto values_of(const Repeated& repeated) {
    return std::vector<typename Repeated::value_type>(repeated.begin(), repeated.end());
}

/// Kata's way to name users by text, as the "user:group" of an image's configuration.
std::string username_of(const grpc::User& user, const grpc::StringUser& text) {
    if (text.uid().empty()) return user.username();
    return text.gid().empty() ? text.uid() : text.uid() + ":" + text.gid();
}

oci::User user_from(const grpc::User& message, const grpc::StringUser& text) {
    oci::User user{message.uid(), message.gid(), values_of(message.additionalgids()),
                   username_of(message, text), std::nullopt};
    if (message.has_umask()) user.umask = message.umask();
    return user;
}

oci::Capabilities capabilities_from(const grpc::LinuxCapabilities& message) {
    return {values_of(message.bounding()), values_of(message.effective()), values_of(message.inheritable()),
            values_of(message.permitted()), values_of(message.ambient())};
}

oci::Mount mount_from(const grpc::Mount& message) {
    return {message.destination(), message.source(), message.type(), values_of(message.options())};
}

oci::Device device_from(const grpc::LinuxDevice& message) {
    oci::Device device{message.path(), message.type(), message.major(), message.minor()};
    if (message.filemode() != 0) device.file_mode = message.filemode();
    device.uid = message.uid();
    device.gid = message.gid();
    return device;
}

oci::SeccompRule rule_from(const grpc::LinuxSyscall& message) {
    oci::SeccompRule rule{values_of(message.names()), message.action(), {}, {}};
    if (message.has_errnoret()) rule.errno_return = message.errnoret();
    for (const auto& argument : message.args())
        rule.arguments.push_back({argument.index(), argument.value(), argument.valuetwo(), argument.op()});
    return rule;
}

oci::Seccomp seccomp_from(const grpc::LinuxSeccomp& message) {
    oci::Seccomp seccomp{message.defaultaction(),
                         std::nullopt,
                         values_of(message.architectures()),
                         values_of(message.flags()),
                         {}};
    if (message.has_defaulterrnoret()) seccomp.default_errno_return = message.defaulterrnoret();
    for (const auto& rule : message.syscalls()) seccomp.rules.push_back(rule_from(rule));
    return seccomp;
}

oci::Linux linux_from(const grpc::Linux& message) {
    oci::Linux part;
    part.sysctl.insert(message.sysctl().begin(), message.sysctl().end());
    part.resources = resources_from(message.resources());
    part.cgroups_path = message.cgroupspath();
    for (const auto& item : message.namespaces()) part.namespaces.push_back({item.type(), item.path()});
    for (const auto& device : message.devices()) part.devices.push_back(device_from(device));
    if (message.has_seccomp()) part.seccomp = seccomp_from(message.seccomp());
    part.rootfs_propagation = message.rootfspropagation();
    part.masked_paths = values_of(message.maskedpaths());
    part.readonly_paths = values_of(message.readonlypaths());
    return part;
}

Status check_supported(const grpc::Spec& message) {
    const auto& hooks = message.hooks();
    if (hooks.prestart_size() + hooks.poststart_size() + hooks.poststop_size() + hooks.createruntime_size() +
            hooks.createcontainer_size() + hooks.startcontainer_size() !=
        0)
        return fail(Code::unimplemented, "hooks are not implemented by this agent");
    if (message.linux().uidmappings_size() + message.linux().gidmappings_size() != 0)
        return fail(Code::unimplemented, "user ID mappings are not implemented by this agent");
    if (message.linux().resources().hugepagelimits_size() != 0)
        return fail(Code::unimplemented, "hugepage limits are not implemented by this agent");
    return {};
}

} // namespace

oci::Process process_from(const grpc::Process& message, const grpc::StringUser& user) {
    oci::Process process;
    process.terminal = message.terminal();
    process.console_size = {message.consolesize().height(), message.consolesize().width()};
    process.user = user_from(message.user(), user);
    process.args = values_of(message.args());
    process.env = values_of(message.env());
    process.cwd = message.cwd();
    process.capabilities = capabilities_from(message.capabilities());
    for (const auto& limit : message.rlimits())
        process.rlimits.push_back({limit.type(), limit.hard(), limit.soft()});
    process.no_new_privileges = message.nonewprivileges();
    process.oom_score_adj = message.oomscoreadj();
    return process;
}

oci::Resources resources_from(const grpc::LinuxResources& message) {
    oci::Resources resources;
    for (const auto& rule : message.devices())
        resources.devices.push_back({rule.allow(), rule.type(), rule.major(), rule.minor(), rule.access()});
    resources.memory_limit = message.memory().limit();
    resources.memory_reservation = message.memory().reservation();
    resources.memory_swap = message.memory().swap();
    resources.cpu_shares = message.cpu().shares();
    resources.cpu_quota = message.cpu().quota();
    resources.cpu_period = message.cpu().period();
    resources.cpuset_cpus = message.cpu().cpus();
    resources.cpuset_mems = message.cpu().mems();
    resources.pids_limit = message.pids().limit();
    return resources;
}

Result<oci::Spec> spec_from(const grpc::Spec& message, const grpc::StringUser& user) {
    RDT_CHECK(check_supported(message));
    oci::Spec spec;
    spec.version = message.version();
    spec.process = process_from(message.process(), user);
    spec.root_path = message.root().path();
    spec.root_readonly = message.root().readonly();
    spec.hostname = message.hostname();
    for (const auto& item : message.mounts()) spec.mounts.push_back(mount_from(item));
    spec.annotations.insert(message.annotations().begin(), message.annotations().end());
    spec.linux_part = linux_from(message.linux());
    return spec;
}

} // namespace redoubt::agent_api
