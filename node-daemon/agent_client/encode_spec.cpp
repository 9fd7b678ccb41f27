// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/agent_client/encode_spec.hpp"

#include <map>
#include <string>
#include <vector>

namespace redoubt::node::agent_client {
namespace {

void encode_words(const std::vector<std::string>& from, auto* to) {
    to->Assign(from.begin(), from.end());
}

void encode_map(const std::map<std::string, std::string>& from, auto* to) {
    to->insert(from.begin(), from.end());
}

void encode_capabilities(const oci::Capabilities& from, grpc::LinuxCapabilities& to) {
    encode_words(from.bounding, to.mutable_bounding());
    encode_words(from.effective, to.mutable_effective());
    encode_words(from.inheritable, to.mutable_inheritable());
    encode_words(from.permitted, to.mutable_permitted());
    encode_words(from.ambient, to.mutable_ambient());
}

void encode_mount(const oci::Mount& from, grpc::Mount& to) {
    to.set_destination(from.destination);
    to.set_source(from.source);
    to.set_type(from.type);
    encode_words(from.options, to.mutable_options());
}

void encode_device(const oci::Device& from, grpc::LinuxDevice& to) {
    to.set_path(from.path);
    to.set_type(from.type);
    to.set_major(from.major);
    to.set_minor(from.minor);
    to.set_filemode(from.file_mode);
    to.set_uid(from.uid);
    to.set_gid(from.gid);
}

void encode_device_rule(const oci::DeviceRule& from, grpc::LinuxDeviceCgroup& to) {
    to.set_allow(from.allow);
    to.set_type(from.type);
    to.set_major(from.major);
    to.set_minor(from.minor);
    to.set_access(from.access);
}

void fill_resources(const oci::Resources& from, grpc::LinuxResources& to) {
    for (const auto& rule : from.devices) encode_device_rule(rule, *to.add_devices());
    auto& memory = *to.mutable_memory();
    memory.set_limit(from.memory_limit);
    memory.set_reservation(from.memory_reservation);
    memory.set_swap(from.memory_swap);
    auto& cpu = *to.mutable_cpu();
    cpu.set_shares(from.cpu_shares);
    cpu.set_quota(from.cpu_quota);
    cpu.set_period(from.cpu_period);
    cpu.set_cpus(from.cpuset_cpus);
    cpu.set_mems(from.cpuset_mems);
    to.mutable_pids()->set_limit(from.pids_limit);
}

void encode_seccomp_rule(const oci::SeccompRule& from, grpc::LinuxSyscall& to) {
    encode_words(from.names, to.mutable_names());
    to.set_action(from.action);
    if (from.errno_return) to.set_errnoret(*from.errno_return);
    for (const auto& argument : from.arguments) {
        auto& out = *to.add_args();
        out.set_index(argument.index);
        out.set_value(argument.value);
        out.set_valuetwo(argument.value_two);
        out.set_op(argument.op);
    }
}

void encode_seccomp(const oci::Seccomp& from, grpc::LinuxSeccomp& to) {
    to.set_defaultaction(from.default_action);
    if (from.default_errno_return) to.set_defaulterrnoret(*from.default_errno_return);
    encode_words(from.architectures, to.mutable_architectures());
    encode_words(from.flags, to.mutable_flags());
    for (const auto& rule : from.rules) encode_seccomp_rule(rule, *to.add_syscalls());
}

void encode_linux(const oci::Linux& from, grpc::Linux& to) {
    encode_map(from.sysctl, to.mutable_sysctl());
    fill_resources(from.resources, *to.mutable_resources());
    to.set_cgroupspath(from.cgroups_path);
    for (const auto& item : from.namespaces) {
        auto& out = *to.add_namespaces();
        out.set_type(item.type);
        out.set_path(item.path);
    }
    for (const auto& device : from.devices) encode_device(device, *to.add_devices());
    if (from.seccomp) encode_seccomp(*from.seccomp, *to.mutable_seccomp());
    to.set_rootfspropagation(from.rootfs_propagation);
    encode_words(from.masked_paths, to.mutable_maskedpaths());
    encode_words(from.readonly_paths, to.mutable_readonlypaths());
}

} // namespace

grpc::LinuxResources encode_resources(const oci::Resources& resources) {
    grpc::LinuxResources out;
    fill_resources(resources, out);
    return out;
}

grpc::Process encode_process(const oci::Process& process) {
    grpc::Process out;
    out.set_terminal(process.terminal);
    out.mutable_consolesize()->set_height(process.console_size.rows);
    out.mutable_consolesize()->set_width(process.console_size.columns);
    auto& user = *out.mutable_user();
    user.set_uid(process.user.uid);
    user.set_gid(process.user.gid);
    user.mutable_additionalgids()->Assign(process.user.additional_gids.begin(),
                                          process.user.additional_gids.end());
    user.set_username(process.user.username);
    if (process.user.umask) user.set_umask(*process.user.umask);
    encode_words(process.args, out.mutable_args());
    encode_words(process.env, out.mutable_env());
    out.set_cwd(process.cwd);
    encode_capabilities(process.capabilities, *out.mutable_capabilities());
    for (const auto& limit : process.rlimits) {
        auto& to = *out.add_rlimits();
        to.set_type(limit.type);
        to.set_hard(limit.hard);
        to.set_soft(limit.soft);
    }
    out.set_nonewprivileges(process.no_new_privileges);
    out.set_oomscoreadj(process.oom_score_adj.value_or(0));
    return out;
}

grpc::Spec encode_spec(const oci::Spec& spec) {
    grpc::Spec out;
    out.set_version(spec.version);
    *out.mutable_process() = encode_process(spec.process);
    out.mutable_root()->set_path(spec.root_path);
    out.mutable_root()->set_readonly(spec.root_readonly);
    out.set_hostname(spec.hostname);
    for (const auto& mount : spec.mounts) encode_mount(mount, *out.add_mounts());
    encode_map(spec.annotations, out.mutable_annotations());
    encode_linux(spec.linux_part, *out.mutable_linux());
    return out;
}

} // namespace redoubt::node::agent_client
