// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/oci_runtime/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace redoubt::guest::oci_runtime {

namespace {

// In the order of their numbers. Source: linux/capability.h.
constexpr std::array<std::string_view, 41> k_names = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

std::uint64_t mask_of(std::span<const std::string> names) {
    std::uint64_t mask = 0;
    for (const auto& name : names) {
        const auto* const found = std::ranges::find(k_names, name);
        if (found == k_names.end()) continue;
        const auto number = static_cast<unsigned long>(found - k_names.begin());
        if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0) mask |= std::uint64_t{1} << number;
    }
    return mask;
}

} // namespace

CapabilitySets parse_capabilities(const oci::Capabilities& names) {
    return {.bounding = mask_of(names.bounding),
            .effective = mask_of(names.effective),
            .inheritable = mask_of(names.inheritable),
            .permitted = mask_of(names.permitted),
            .ambient = mask_of(names.ambient)};
}

Status limit_bounding_set(std::uint64_t bounding) {
    for (unsigned long number = 0; number < 64; ++number) {
        if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) != 1)
            continue; // not there, or the kernel has no such one
        if ((bounding >> number & 1U) != 0) continue;
        if (::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
            return fail_errno(errno, "drop capability {}", number);
    }
    return {};
}

Status apply_capabilities(const CapabilitySets& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    for (unsigned half = 0; half < 2; ++half) {
        data[half].effective = static_cast<std::uint32_t>(sets.effective >> (32 * half));
        data[half].permitted = static_cast<std::uint32_t>(sets.permitted >> (32 * half));
        data[half].inheritable = static_cast<std::uint32_t>(sets.inheritable >> (32 * half));
    }
    if (::syscall(SYS_capset, &header, data.data()) != 0) return fail_errno(errno, "set capabilities");
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return fail_errno(errno, "clear ambient capabilities");
    for (unsigned long number = 0; number < 64; ++number) {
        if ((sets.ambient >> number & 1U) == 0) continue;
        // Ambient needs permitted and inheritable; where the lists disagree the smaller wins, as with runc.
        if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0 && errno != EPERM)
            return fail_errno(errno, "raise ambient capability {}", number);
    }
    return {};
}

} // namespace redoubt::guest::oci_runtime
