// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/message_table.hpp"

// The messages of oci.proto, in the order of use.
namespace redoubt::guest::policy {
namespace {

// clang-format off
constexpr Field k_box_fields[] = {
    {1, "Height", Kind::uint32, Shape::single, nullptr},
    {2, "Width", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_box{"Box", k_box_fields};

constexpr Field k_user_fields[] = {
    {1, "UID", Kind::uint32, Shape::single, nullptr},
    {2, "GID", Kind::uint32, Shape::single, nullptr},
    {3, "AdditionalGids", Kind::uint32, Shape::repeated, nullptr},
    {4, "Username", Kind::text, Shape::single, nullptr},
    {1000, "Umask", Kind::uint32, Shape::ours, nullptr},
};
constexpr Message k_user{"User", k_user_fields};

constexpr Field k_linux_capabilities_fields[] = {
    {1, "Bounding", Kind::text, Shape::repeated, nullptr},
    {2, "Effective", Kind::text, Shape::repeated, nullptr},
    {3, "Inheritable", Kind::text, Shape::repeated, nullptr},
    {4, "Permitted", Kind::text, Shape::repeated, nullptr},
    {5, "Ambient", Kind::text, Shape::repeated, nullptr},
};
constexpr Message k_linux_capabilities{"LinuxCapabilities", k_linux_capabilities_fields};

constexpr Field k_posix_rlimit_fields[] = {
    {1, "Type", Kind::text, Shape::single, nullptr},
    {2, "Hard", Kind::uint64, Shape::single, nullptr},
    {3, "Soft", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_posix_rlimit{"POSIXRlimit", k_posix_rlimit_fields};

constexpr Field k_process_fields[] = {
    {1, "Terminal", Kind::boolean, Shape::single, nullptr},
    {2, "ConsoleSize", Kind::message, Shape::single, &k_box},
    {3, "User", Kind::message, Shape::single, &k_user},
    {4, "Args", Kind::text, Shape::repeated, nullptr},
    {5, "Env", Kind::text, Shape::repeated, nullptr},
    {6, "Cwd", Kind::text, Shape::single, nullptr},
    {7, "Capabilities", Kind::message, Shape::single, &k_linux_capabilities},
    {8, "Rlimits", Kind::message, Shape::repeated, &k_posix_rlimit},
    {9, "NoNewPrivileges", Kind::boolean, Shape::single, nullptr},
    {10, "ApparmorProfile", Kind::text, Shape::single, nullptr},
    {11, "OOMScoreAdj", Kind::int64, Shape::single, nullptr},
    {12, "SelinuxLabel", Kind::text, Shape::single, nullptr},
};
} // namespace

const Message k_process{"Process", k_process_fields};

namespace {

constexpr Field k_root_fields[] = {
    {1, "Path", Kind::text, Shape::single, nullptr},
    {2, "Readonly", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_root{"Root", k_root_fields};

constexpr Field k_mount_fields[] = {
    {1, "destination", Kind::text, Shape::single, nullptr},
    {2, "source", Kind::text, Shape::single, nullptr},
    {3, "type_", Kind::text, Shape::single, nullptr},
    {4, "options", Kind::text, Shape::repeated, nullptr},
};
constexpr Message k_mount{"Mount", k_mount_fields};

constexpr Field k_hook_fields[] = {
    {1, "Path", Kind::text, Shape::single, nullptr},
    {2, "Args", Kind::text, Shape::repeated, nullptr},
    {3, "Env", Kind::text, Shape::repeated, nullptr},
    {4, "Timeout", Kind::int64, Shape::single, nullptr},
};
constexpr Message k_hook{"Hook", k_hook_fields};

constexpr Field k_hooks_fields[] = {
    {1, "Prestart", Kind::message, Shape::repeated, &k_hook},
    {2, "Poststart", Kind::message, Shape::repeated, &k_hook},
    {3, "Poststop", Kind::message, Shape::repeated, &k_hook},
    {4, "CreateRuntime", Kind::message, Shape::repeated, &k_hook},
    {5, "CreateContainer", Kind::message, Shape::repeated, &k_hook},
    {6, "StartContainer", Kind::message, Shape::repeated, &k_hook},
};
constexpr Message k_hooks{"Hooks", k_hooks_fields};

constexpr Field k_linux_id_mapping_fields[] = {
    {1, "HostID", Kind::uint32, Shape::single, nullptr},
    {2, "ContainerID", Kind::uint32, Shape::single, nullptr},
    {3, "Size", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_linux_id_mapping{"LinuxIDMapping", k_linux_id_mapping_fields};

constexpr Field k_linux_device_cgroup_fields[] = {
    {1, "Allow", Kind::boolean, Shape::single, nullptr},
    {2, "Type", Kind::text, Shape::single, nullptr},
    {3, "Major", Kind::int64, Shape::single, nullptr},
    {4, "Minor", Kind::int64, Shape::single, nullptr},
    {5, "Access", Kind::text, Shape::single, nullptr},
};
constexpr Message k_linux_device_cgroup{"LinuxDeviceCgroup", k_linux_device_cgroup_fields};

constexpr Field k_linux_memory_fields[] = {
    {1, "Limit", Kind::int64, Shape::single, nullptr},
    {2, "Reservation", Kind::int64, Shape::single, nullptr},
    {3, "Swap", Kind::int64, Shape::single, nullptr},
    {4, "Kernel", Kind::int64, Shape::single, nullptr},
    {5, "KernelTCP", Kind::int64, Shape::single, nullptr},
    {6, "Swappiness", Kind::uint64, Shape::single, nullptr},
    {7, "DisableOOMKiller", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_linux_memory{"LinuxMemory", k_linux_memory_fields};

constexpr Field k_linux_cpu_fields[] = {
    {1, "Shares", Kind::uint64, Shape::single, nullptr},
    {2, "Quota", Kind::int64, Shape::single, nullptr},
    {3, "Period", Kind::uint64, Shape::single, nullptr},
    {4, "RealtimeRuntime", Kind::int64, Shape::single, nullptr},
    {5, "RealtimePeriod", Kind::uint64, Shape::single, nullptr},
    {6, "Cpus", Kind::text, Shape::single, nullptr},
    {7, "Mems", Kind::text, Shape::single, nullptr},
};
constexpr Message k_linux_cpu{"LinuxCPU", k_linux_cpu_fields};

constexpr Field k_linux_pids_fields[] = {
    {1, "Limit", Kind::int64, Shape::single, nullptr},
};
constexpr Message k_linux_pids{"LinuxPids", k_linux_pids_fields};

constexpr Field k_linux_weight_device_fields[] = {
    {1, "Major", Kind::int64, Shape::single, nullptr},
    {2, "Minor", Kind::int64, Shape::single, nullptr},
    {3, "Weight", Kind::uint32, Shape::single, nullptr},
    {4, "LeafWeight", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_linux_weight_device{"LinuxWeightDevice", k_linux_weight_device_fields};

constexpr Field k_linux_throttle_device_fields[] = {
    {1, "Major", Kind::int64, Shape::single, nullptr},
    {2, "Minor", Kind::int64, Shape::single, nullptr},
    {3, "Rate", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_linux_throttle_device{"LinuxThrottleDevice", k_linux_throttle_device_fields};

constexpr Field k_linux_block_io_fields[] = {
    {1, "Weight", Kind::uint32, Shape::single, nullptr},
    {2, "LeafWeight", Kind::uint32, Shape::single, nullptr},
    {3, "WeightDevice", Kind::message, Shape::repeated, &k_linux_weight_device},
    {4, "ThrottleReadBpsDevice", Kind::message, Shape::repeated, &k_linux_throttle_device},
    {5, "ThrottleWriteBpsDevice", Kind::message, Shape::repeated, &k_linux_throttle_device},
    {6, "ThrottleReadIOPSDevice", Kind::message, Shape::repeated, &k_linux_throttle_device},
    {7, "ThrottleWriteIOPSDevice", Kind::message, Shape::repeated, &k_linux_throttle_device},
};
constexpr Message k_linux_block_io{"LinuxBlockIO", k_linux_block_io_fields};

constexpr Field k_linux_hugepage_limit_fields[] = {
    {1, "Pagesize", Kind::text, Shape::single, nullptr},
    {2, "Limit", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_linux_hugepage_limit{"LinuxHugepageLimit", k_linux_hugepage_limit_fields};

constexpr Field k_linux_interface_priority_fields[] = {
    {1, "Name", Kind::text, Shape::single, nullptr},
    {2, "Priority", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_linux_interface_priority{"LinuxInterfacePriority", k_linux_interface_priority_fields};

constexpr Field k_linux_network_fields[] = {
    {1, "ClassID", Kind::uint32, Shape::single, nullptr},
    {2, "Priorities", Kind::message, Shape::repeated, &k_linux_interface_priority},
};
constexpr Message k_linux_network{"LinuxNetwork", k_linux_network_fields};

constexpr Field k_linux_resources_fields[] = {
    {1, "Devices", Kind::message, Shape::repeated, &k_linux_device_cgroup},
    {2, "Memory", Kind::message, Shape::single, &k_linux_memory},
    {3, "CPU", Kind::message, Shape::single, &k_linux_cpu},
    {4, "Pids", Kind::message, Shape::single, &k_linux_pids},
    {5, "BlockIO", Kind::message, Shape::single, &k_linux_block_io},
    {6, "HugepageLimits", Kind::message, Shape::repeated, &k_linux_hugepage_limit},
    {7, "Network", Kind::message, Shape::single, &k_linux_network},
};
} // namespace

const Message k_linux_resources{"LinuxResources", k_linux_resources_fields};

namespace {

constexpr Field k_linux_namespace_fields[] = {
    {1, "Type", Kind::text, Shape::single, nullptr},
    {2, "Path", Kind::text, Shape::single, nullptr},
};
constexpr Message k_linux_namespace{"LinuxNamespace", k_linux_namespace_fields};

constexpr Field k_linux_device_fields[] = {
    {1, "Path", Kind::text, Shape::single, nullptr},
    {2, "Type", Kind::text, Shape::single, nullptr},
    {3, "Major", Kind::int64, Shape::single, nullptr},
    {4, "Minor", Kind::int64, Shape::single, nullptr},
    {5, "FileMode", Kind::uint32, Shape::single, nullptr},
    {6, "UID", Kind::uint32, Shape::single, nullptr},
    {7, "GID", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_linux_device{"LinuxDevice", k_linux_device_fields};

constexpr Field k_linux_seccomp_arg_fields[] = {
    {1, "Index", Kind::uint64, Shape::single, nullptr},
    {2, "Value", Kind::uint64, Shape::single, nullptr},
    {3, "ValueTwo", Kind::uint64, Shape::single, nullptr},
    {4, "Op", Kind::text, Shape::single, nullptr},
};
constexpr Message k_linux_seccomp_arg{"LinuxSeccompArg", k_linux_seccomp_arg_fields};

constexpr Field k_linux_syscall_fields[] = {
    {1, "Names", Kind::text, Shape::repeated, nullptr},
    {2, "Action", Kind::text, Shape::single, nullptr},
    {3, "ErrnoRet.errnoret", Kind::uint32, Shape::choice, nullptr},
    {4, "Args", Kind::message, Shape::repeated, &k_linux_seccomp_arg},
};
constexpr Message k_linux_syscall{"LinuxSyscall", k_linux_syscall_fields};

constexpr Field k_linux_seccomp_fields[] = {
    {1, "DefaultAction", Kind::text, Shape::single, nullptr},
    {2, "Architectures", Kind::text, Shape::repeated, nullptr},
    {3, "Flags", Kind::text, Shape::repeated, nullptr},
    {4, "Syscalls", Kind::message, Shape::repeated, &k_linux_syscall},
    {1000, "DefaultErrnoRet", Kind::uint32, Shape::ours, nullptr},
};
constexpr Message k_linux_seccomp{"LinuxSeccomp", k_linux_seccomp_fields};

constexpr Field k_linux_intel_rdt_fields[] = {
    {1, "L3CacheSchema", Kind::text, Shape::single, nullptr},
};
constexpr Message k_linux_intel_rdt{"LinuxIntelRdt", k_linux_intel_rdt_fields};

constexpr Field k_linux_fields[] = {
    {1, "UIDMappings", Kind::message, Shape::repeated, &k_linux_id_mapping},
    {2, "GIDMappings", Kind::message, Shape::repeated, &k_linux_id_mapping},
    {3, "Sysctl", Kind::text_map, Shape::single, nullptr},
    {4, "Resources", Kind::message, Shape::single, &k_linux_resources},
    {5, "CgroupsPath", Kind::text, Shape::single, nullptr},
    {6, "Namespaces", Kind::message, Shape::repeated, &k_linux_namespace},
    {7, "Devices", Kind::message, Shape::repeated, &k_linux_device},
    {8, "Seccomp", Kind::message, Shape::single, &k_linux_seccomp},
    {9, "RootfsPropagation", Kind::text, Shape::single, nullptr},
    {10, "MaskedPaths", Kind::text, Shape::repeated, nullptr},
    {11, "ReadonlyPaths", Kind::text, Shape::repeated, nullptr},
    {12, "MountLabel", Kind::text, Shape::single, nullptr},
    {13, "IntelRdt", Kind::message, Shape::single, &k_linux_intel_rdt},
};
constexpr Message k_linux{"Linux", k_linux_fields};

constexpr Field k_solaris_fields[] = {
    {1, "dummy", Kind::text, Shape::single, nullptr},
};
constexpr Message k_solaris{"Solaris", k_solaris_fields};

constexpr Field k_windows_fields[] = {
    {1, "dummy", Kind::text, Shape::single, nullptr},
};
constexpr Message k_windows{"Windows", k_windows_fields};

constexpr Field k_spec_fields[] = {
    {1, "Version", Kind::text, Shape::single, nullptr},
    {2, "Process", Kind::message, Shape::single, &k_process},
    {3, "Root", Kind::message, Shape::single, &k_root},
    {4, "Hostname", Kind::text, Shape::single, nullptr},
    {5, "Mounts", Kind::message, Shape::repeated, &k_mount},
    {6, "Hooks", Kind::message, Shape::single, &k_hooks},
    {7, "Annotations", Kind::text_map, Shape::single, nullptr},
    {8, "Linux", Kind::message, Shape::single, &k_linux},
    {9, "Solaris", Kind::message, Shape::single, &k_solaris},
    {10, "Windows", Kind::message, Shape::single, &k_windows},
};
} // namespace

const Message k_spec{"Spec", k_spec_fields};
// clang-format on

} // namespace redoubt::guest::policy
