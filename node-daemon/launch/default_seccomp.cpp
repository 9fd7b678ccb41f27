// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/default_seccomp.hpp"

namespace redoubt::node::launch {
namespace {

constexpr std::uint32_t k_not_permitted = 1; // EPERM
constexpr std::uint32_t k_not_implemented =
    38; // ENOSYS: callers fall back, as glibc does from clone3 to clone
// linux/sched.h: the CLONE_NEW* flags that make a namespace.
constexpr std::uint64_t k_namespace_flags = 0x7E020080;

oci::SeccompRule deny(std::vector<std::string> names, std::uint32_t error_number = k_not_permitted) {
    return {
        .names = std::move(names), .action = "SCMP_ACT_ERRNO", .errno_return = error_number, .arguments = {}};
}

/// Denies a call when any of `flags` is in its argument: one rule a bit, as filters compare masked values for
/// equality.
void deny_flags(std::vector<oci::SeccompRule>& rules, const std::string& name, std::uint64_t index,
                std::uint64_t flags) {
    for (std::uint64_t bit = 1; bit != 0; bit <<= 1U) {
        if ((flags & bit) == 0) continue;
        auto rule = deny({name});
        rule.arguments = {{.index = index, .value = bit, .value_two = bit, .op = "SCMP_CMP_MASKED_EQ"}};
        rules.push_back(std::move(rule));
    }
}

} // namespace

oci::Seccomp make_default_seccomp() {
    oci::Seccomp filter{.default_action = "SCMP_ACT_ALLOW",
                        .architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"},
                        .flags = {},
                        .rules = {}};
    filter.rules = {
        deny({"create_module", "delete_module", "finit_module", "get_kernel_syms", "init_module",
              "query_module"}),
        deny({"kexec_file_load", "kexec_load", "reboot"}),
        deny({"adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64",
              "settimeofday", "stime"}),
        deny({"fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree",
              "pivot_root", "umount", "umount2"}),
        deny({"setns", "unshare"}),
        deny({"add_key", "keyctl", "request_key"}),
        deny({"bpf", "fanotify_init", "lookup_dcookie", "perf_event_open", "userfaultfd"}),
        deny({"acct", "nfsservctl", "quotactl", "quotactl_fd", "swapoff", "swapon", "sysfs", "_sysctl",
              "uselib", "ustat", "vhangup", "vm86", "vm86old"}),
        deny({"iopl", "ioperm", "open_by_handle_at", "syslog"}),
        deny({"get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy",
              "set_mempolicy_home_node"}),
        deny({"io_uring_enter", "io_uring_register", "io_uring_setup"}),
        deny({"clone3"}, k_not_implemented),
    };
    deny_flags(filter.rules, "clone", 0, k_namespace_flags);
    return filter;
}

} // namespace redoubt::node::launch
