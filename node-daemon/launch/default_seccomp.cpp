// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/default_seccomp.hpp"

#include <algorithm>
#include <utility>

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

/// Calls that one capability is for: denied to who does not have it.
struct Guarded {
    const char* capability;
    std::vector<std::string> calls;
};

std::vector<Guarded> guarded_calls() {
    return {
        {"CAP_SYS_MODULE",
         {"create_module", "delete_module", "finit_module", "get_kernel_syms", "init_module",
          "query_module"}},
        {"CAP_SYS_BOOT", {"kexec_file_load", "kexec_load", "reboot"}},
        {"CAP_SYS_TIME",
         {"adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "settimeofday",
          "stime"}},
        {"CAP_SYS_ADMIN",
         {"fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount", "open_tree",
          "pivot_root", "umount", "umount2"}},
        {"CAP_SYS_ADMIN", {"setns", "unshare"}},
        {"", {"add_key", "keyctl", "request_key"}},
        {"CAP_SYS_ADMIN", {"bpf", "fanotify_init", "lookup_dcookie", "perf_event_open"}},
        {"", {"userfaultfd"}},
        {"CAP_SYS_ADMIN", {"quotactl", "quotactl_fd", "swapoff", "swapon"}},
        {"CAP_SYS_PACCT", {"acct"}},
        {"CAP_SYS_TTY_CONFIG", {"vhangup"}},
        {"", {"nfsservctl", "sysfs", "_sysctl", "uselib", "ustat", "vm86", "vm86old"}},
        {"CAP_SYS_RAWIO", {"iopl", "ioperm"}},
        {"CAP_DAC_READ_SEARCH", {"open_by_handle_at"}},
        {"CAP_SYSLOG", {"syslog"}},
        {"CAP_SYS_NICE",
         {"get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy",
          "set_mempolicy_home_node"}},
        {"", {"io_uring_enter", "io_uring_register", "io_uring_setup"}},
    };
}

} // namespace

oci::Seccomp make_seccomp(const std::vector<std::string>& capabilities) {
    oci::Seccomp filter{.default_action = "SCMP_ACT_ALLOW",
                        .architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"},
                        .flags = {},
                        .rules = {}};
    for (auto& guarded : guarded_calls())
        if (!std::ranges::contains(capabilities, guarded.capability))
            filter.rules.push_back(deny(std::move(guarded.calls)));
    if (std::ranges::contains(capabilities, "CAP_SYS_ADMIN")) return filter;
    filter.rules.push_back(deny({"clone3"}, k_not_implemented));
    deny_flags(filter.rules, "clone", 0, k_namespace_flags);
    return filter;
}

} // namespace redoubt::node::launch
