// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/policy/message_table.hpp"

namespace redoubt::guest::policy {
namespace {

// In the order of use: what a message holds comes before it. tests/unit/guest-image/policy compares this with
// the contract in common/contracts/proto.
// clang-format off
constexpr Field k_string_user_fields[] = {
    {1, "uid", Kind::text, Shape::single, nullptr},
    {2, "gid", Kind::text, Shape::single, nullptr},
    {3, "additionalGids", Kind::text, Shape::repeated, nullptr},
};
constexpr Message k_string_user{"StringUser", k_string_user_fields};

constexpr Field k_device_fields[] = {
    {1, "id", Kind::text, Shape::single, nullptr},
    {2, "type_", Kind::text, Shape::single, nullptr},
    {3, "vm_path", Kind::text, Shape::single, nullptr},
    {4, "container_path", Kind::text, Shape::single, nullptr},
    {5, "options", Kind::text, Shape::repeated, nullptr},
};
constexpr Message k_device{"Device", k_device_fields};

constexpr Field k_fs_group_fields[] = {
    {2, "group_id", Kind::uint32, Shape::single, nullptr},
    {3, "group_change_policy", Kind::int32, Shape::single, nullptr},
};
constexpr Message k_fs_group{"FSGroup", k_fs_group_fields};

constexpr Field k_storage_fields[] = {
    {1, "driver", Kind::text, Shape::single, nullptr},
    {2, "driver_options", Kind::text, Shape::repeated, nullptr},
    {3, "source", Kind::text, Shape::single, nullptr},
    {4, "fstype", Kind::text, Shape::single, nullptr},
    {5, "options", Kind::text, Shape::repeated, nullptr},
    {6, "mount_point", Kind::text, Shape::single, nullptr},
    {7, "fs_group", Kind::message, Shape::single, &k_fs_group},
    {8, "shared", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_storage{"Storage", k_storage_fields};

constexpr Field k_shared_mount_fields[] = {
    {1, "name", Kind::text, Shape::single, nullptr},
    {2, "src_ctr", Kind::text, Shape::single, nullptr},
    {3, "src_path", Kind::text, Shape::single, nullptr},
    {4, "dst_ctr", Kind::text, Shape::single, nullptr},
    {5, "dst_path", Kind::text, Shape::single, nullptr},
};
constexpr Message k_shared_mount{"SharedMount", k_shared_mount_fields};

constexpr Field k_create_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
    {3, "string_user", Kind::message, Shape::single, &k_string_user},
    {4, "devices", Kind::message, Shape::repeated, &k_device},
    {5, "storages", Kind::message, Shape::repeated, &k_storage},
    {6, "OCI", Kind::message, Shape::single, &k_spec},
    {7, "sandbox_pidns", Kind::boolean, Shape::single, nullptr},
    {8, "shared_mounts", Kind::message, Shape::repeated, &k_shared_mount},
    {9, "stdin_port", Kind::uint32, Shape::single, nullptr},
    {10, "stdout_port", Kind::uint32, Shape::single, nullptr},
    {11, "stderr_port", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_create_container_request{"CreateContainerRequest", k_create_container_request_fields};

constexpr Field k_start_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_start_container_request{"StartContainerRequest", k_start_container_request_fields};

constexpr Field k_remove_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "timeout", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_remove_container_request{"RemoveContainerRequest", k_remove_container_request_fields};

constexpr Field k_exec_process_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
    {3, "string_user", Kind::message, Shape::single, &k_string_user},
    {4, "process", Kind::message, Shape::single, &k_process},
    {5, "stdin_port", Kind::uint32, Shape::single, nullptr},
    {6, "stdout_port", Kind::uint32, Shape::single, nullptr},
    {7, "stderr_port", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_exec_process_request{"ExecProcessRequest", k_exec_process_request_fields};

constexpr Field k_signal_process_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
    {3, "signal", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_signal_process_request{"SignalProcessRequest", k_signal_process_request_fields};

constexpr Field k_wait_process_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_wait_process_request{"WaitProcessRequest", k_wait_process_request_fields};

constexpr Field k_update_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "resources", Kind::message, Shape::single, &k_linux_resources},
};
constexpr Message k_update_container_request{"UpdateContainerRequest", k_update_container_request_fields};

constexpr Field k_update_ephemeral_mounts_request_fields[] = {
    {1, "storages", Kind::message, Shape::repeated, &k_storage},
};
constexpr Message k_update_ephemeral_mounts_request{"UpdateEphemeralMountsRequest", k_update_ephemeral_mounts_request_fields};

constexpr Field k_stats_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_stats_container_request{"StatsContainerRequest", k_stats_container_request_fields};

constexpr Field k_pause_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_pause_container_request{"PauseContainerRequest", k_pause_container_request_fields};

constexpr Field k_resume_container_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_resume_container_request{"ResumeContainerRequest", k_resume_container_request_fields};

constexpr Message k_remove_stale_virtiofs_share_mounts_request{"RemoveStaleVirtiofsShareMountsRequest", {}};

constexpr Field k_get_diagnostic_data_request_fields[] = {
    {1, "log_type", Kind::text, Shape::single, nullptr},
    {2, "container_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_get_diagnostic_data_request{"GetDiagnosticDataRequest", k_get_diagnostic_data_request_fields};

constexpr Field k_write_stream_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
    {3, "data", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_write_stream_request{"WriteStreamRequest", k_write_stream_request_fields};

constexpr Field k_read_stream_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
    {3, "len", Kind::uint32, Shape::single, nullptr},
    {1000, "offset", Kind::uint64, Shape::ours, nullptr},
};
constexpr Message k_read_stream_request{"ReadStreamRequest", k_read_stream_request_fields};

constexpr Field k_close_stdin_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
};
constexpr Message k_close_stdin_request{"CloseStdinRequest", k_close_stdin_request_fields};

constexpr Field k_tty_win_resize_request_fields[] = {
    {1, "container_id", Kind::text, Shape::single, nullptr},
    {2, "exec_id", Kind::text, Shape::single, nullptr},
    {3, "row", Kind::uint32, Shape::single, nullptr},
    {4, "column", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_tty_win_resize_request{"TtyWinResizeRequest", k_tty_win_resize_request_fields};

constexpr Field k_ip_address_fields[] = {
    {1, "family", Kind::int32, Shape::single, nullptr},
    {2, "address", Kind::text, Shape::single, nullptr},
    {3, "mask", Kind::text, Shape::single, nullptr},
};
constexpr Message k_ip_address{"IPAddress", k_ip_address_fields};

constexpr Field k_interface_fields[] = {
    {1, "device", Kind::text, Shape::single, nullptr},
    {2, "name", Kind::text, Shape::single, nullptr},
    {3, "IPAddresses", Kind::message, Shape::repeated, &k_ip_address},
    {4, "mtu", Kind::uint64, Shape::single, nullptr},
    {5, "hwAddr", Kind::text, Shape::single, nullptr},
    {6, "devicePath", Kind::text, Shape::single, nullptr},
    {7, "type_", Kind::text, Shape::single, nullptr},
    {8, "raw_flags", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_interface{"Interface", k_interface_fields};

constexpr Field k_update_interface_request_fields[] = {
    {1, "interface", Kind::message, Shape::single, &k_interface},
};
constexpr Message k_update_interface_request{"UpdateInterfaceRequest", k_update_interface_request_fields};

constexpr Field k_route_fields[] = {
    {1, "dest", Kind::text, Shape::single, nullptr},
    {2, "gateway", Kind::text, Shape::single, nullptr},
    {3, "device", Kind::text, Shape::single, nullptr},
    {4, "source", Kind::text, Shape::single, nullptr},
    {5, "scope", Kind::uint32, Shape::single, nullptr},
    {6, "family", Kind::int32, Shape::single, nullptr},
    {7, "flags", Kind::uint32, Shape::single, nullptr},
    {8, "mtu", Kind::uint32, Shape::single, nullptr},
};
constexpr Message k_route{"Route", k_route_fields};

constexpr Field k_routes_fields[] = {
    {1, "Routes", Kind::message, Shape::repeated, &k_route},
};
constexpr Message k_routes{"Routes", k_routes_fields};

constexpr Field k_update_routes_request_fields[] = {
    {1, "routes", Kind::message, Shape::single, &k_routes},
};
constexpr Message k_update_routes_request{"UpdateRoutesRequest", k_update_routes_request_fields};

constexpr Message k_list_interfaces_request{"ListInterfacesRequest", {}};

constexpr Message k_list_routes_request{"ListRoutesRequest", {}};

constexpr Field k_arp_neighbor_fields[] = {
    {1, "toIPAddress", Kind::message, Shape::single, &k_ip_address},
    {2, "device", Kind::text, Shape::single, nullptr},
    {3, "lladdr", Kind::text, Shape::single, nullptr},
    {4, "state", Kind::int32, Shape::single, nullptr},
    {5, "flags", Kind::int32, Shape::single, nullptr},
};
constexpr Message k_arp_neighbor{"ARPNeighbor", k_arp_neighbor_fields};

constexpr Field k_arp_neighbors_fields[] = {
    {1, "ARPNeighbors", Kind::message, Shape::repeated, &k_arp_neighbor},
};
constexpr Message k_arp_neighbors{"ARPNeighbors", k_arp_neighbors_fields};

constexpr Field k_add_arp_neighbors_request_fields[] = {
    {1, "neighbors", Kind::message, Shape::single, &k_arp_neighbors},
};
constexpr Message k_add_arp_neighbors_request{"AddARPNeighborsRequest", k_add_arp_neighbors_request_fields};

constexpr Field k_get_ip_tables_request_fields[] = {
    {1, "is_ipv6", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_get_ip_tables_request{"GetIPTablesRequest", k_get_ip_tables_request_fields};

constexpr Field k_set_ip_tables_request_fields[] = {
    {1, "is_ipv6", Kind::boolean, Shape::single, nullptr},
    {2, "data", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_set_ip_tables_request{"SetIPTablesRequest", k_set_ip_tables_request_fields};

constexpr Message k_get_metrics_request{"GetMetricsRequest", {}};

constexpr Field k_mem_agent_memcg_config_fields[] = {
    {1, "disabled", Kind::boolean, Shape::optional, nullptr},
    {2, "swap", Kind::boolean, Shape::optional, nullptr},
    {3, "swappiness_max", Kind::uint32, Shape::optional, nullptr},
    {4, "period_secs", Kind::uint64, Shape::optional, nullptr},
    {5, "period_psi_percent_limit", Kind::uint32, Shape::optional, nullptr},
    {6, "eviction_psi_percent_limit", Kind::uint32, Shape::optional, nullptr},
    {7, "eviction_run_aging_count_min", Kind::uint64, Shape::optional, nullptr},
};
constexpr Message k_mem_agent_memcg_config{"MemAgentMemcgConfig", k_mem_agent_memcg_config_fields};

constexpr Field k_mem_agent_compact_config_fields[] = {
    {1, "disabled", Kind::boolean, Shape::optional, nullptr},
    {2, "period_secs", Kind::uint64, Shape::optional, nullptr},
    {3, "period_psi_percent_limit", Kind::uint32, Shape::optional, nullptr},
    {4, "compact_psi_percent_limit", Kind::uint32, Shape::optional, nullptr},
    {5, "compact_sec_max", Kind::int64, Shape::optional, nullptr},
    {6, "compact_order", Kind::uint32, Shape::optional, nullptr},
    {7, "compact_threshold", Kind::uint64, Shape::optional, nullptr},
    {8, "compact_force_times", Kind::uint64, Shape::optional, nullptr},
};
constexpr Message k_mem_agent_compact_config{"MemAgentCompactConfig", k_mem_agent_compact_config_fields};

constexpr Field k_kernel_module_fields[] = {
    {1, "name", Kind::text, Shape::single, nullptr},
    {2, "parameters", Kind::text, Shape::repeated, nullptr},
};
constexpr Message k_kernel_module{"KernelModule", k_kernel_module_fields};

constexpr Field k_create_sandbox_request_fields[] = {
    {1, "hostname", Kind::text, Shape::single, nullptr},
    {2, "dns", Kind::text, Shape::repeated, nullptr},
    {3, "storages", Kind::message, Shape::repeated, &k_storage},
    {4, "sandbox_pidns", Kind::boolean, Shape::single, nullptr},
    {5, "sandbox_id", Kind::text, Shape::single, nullptr},
    {6, "guest_hook_path", Kind::text, Shape::single, nullptr},
    {7, "kernel_modules", Kind::message, Shape::repeated, &k_kernel_module},
};
constexpr Message k_create_sandbox_request{"CreateSandboxRequest", k_create_sandbox_request_fields};

constexpr Message k_destroy_sandbox_request{"DestroySandboxRequest", {}};

constexpr Field k_online_cpu_mem_request_fields[] = {
    {1, "wait", Kind::boolean, Shape::single, nullptr},
    {2, "nb_cpus", Kind::uint32, Shape::single, nullptr},
    {3, "cpu_only", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_online_cpu_mem_request{"OnlineCPUMemRequest", k_online_cpu_mem_request_fields};

constexpr Field k_reseed_random_dev_request_fields[] = {
    {2, "data", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_reseed_random_dev_request{"ReseedRandomDevRequest", k_reseed_random_dev_request_fields};

constexpr Field k_guest_details_request_fields[] = {
    {1, "mem_block_size", Kind::boolean, Shape::single, nullptr},
    {2, "mem_hotplug_probe", Kind::boolean, Shape::single, nullptr},
};
constexpr Message k_guest_details_request{"GuestDetailsRequest", k_guest_details_request_fields};

constexpr Field k_mem_hotplug_by_probe_request_fields[] = {
    {1, "memHotplugProbeAddr", Kind::uint64, Shape::repeated, nullptr},
};
constexpr Message k_mem_hotplug_by_probe_request{"MemHotplugByProbeRequest", k_mem_hotplug_by_probe_request_fields};

constexpr Field k_set_guest_date_time_request_fields[] = {
    {1, "Sec", Kind::int64, Shape::single, nullptr},
    {2, "Usec", Kind::int64, Shape::single, nullptr},
};
constexpr Message k_set_guest_date_time_request{"SetGuestDateTimeRequest", k_set_guest_date_time_request_fields};

constexpr Field k_copy_file_request_fields[] = {
    {1, "path", Kind::text, Shape::single, nullptr},
    {2, "file_size", Kind::int64, Shape::single, nullptr},
    {3, "file_mode", Kind::uint32, Shape::single, nullptr},
    {4, "dir_mode", Kind::uint32, Shape::single, nullptr},
    {5, "uid", Kind::int32, Shape::single, nullptr},
    {6, "gid", Kind::int32, Shape::single, nullptr},
    {7, "offset", Kind::int64, Shape::single, nullptr},
    {8, "data", Kind::bytes, Shape::single, nullptr},
};
constexpr Message k_copy_file_request{"CopyFileRequest", k_copy_file_request_fields};

constexpr Message k_get_oom_event_request{"GetOOMEventRequest", {}};

constexpr Field k_add_swap_request_fields[] = {
    {1, "PCIPath", Kind::uint32, Shape::repeated, nullptr},
};
constexpr Message k_add_swap_request{"AddSwapRequest", k_add_swap_request_fields};

constexpr Field k_add_swap_path_request_fields[] = {
    {1, "path", Kind::text, Shape::single, nullptr},
};
constexpr Message k_add_swap_path_request{"AddSwapPathRequest", k_add_swap_path_request_fields};

constexpr Field k_volume_stats_request_fields[] = {
    {1, "volume_guest_path", Kind::text, Shape::single, nullptr},
};
constexpr Message k_volume_stats_request{"VolumeStatsRequest", k_volume_stats_request_fields};

constexpr Field k_resize_volume_request_fields[] = {
    {1, "volume_guest_path", Kind::text, Shape::single, nullptr},
    {2, "size", Kind::uint64, Shape::single, nullptr},
};
constexpr Message k_resize_volume_request{"ResizeVolumeRequest", k_resize_volume_request_fields};

constexpr Field k_set_policy_request_fields[] = {
    {1, "policy", Kind::text, Shape::single, nullptr},
};
constexpr Message k_set_policy_request{"SetPolicyRequest", k_set_policy_request_fields};

constexpr const Message* k_requests[] = {
    &k_create_container_request,
    &k_start_container_request,
    &k_remove_container_request,
    &k_exec_process_request,
    &k_signal_process_request,
    &k_wait_process_request,
    &k_update_container_request,
    &k_update_ephemeral_mounts_request,
    &k_stats_container_request,
    &k_pause_container_request,
    &k_resume_container_request,
    &k_remove_stale_virtiofs_share_mounts_request,
    &k_get_diagnostic_data_request,
    &k_write_stream_request,
    &k_read_stream_request,
    &k_close_stdin_request,
    &k_tty_win_resize_request,
    &k_update_interface_request,
    &k_update_routes_request,
    &k_list_interfaces_request,
    &k_list_routes_request,
    &k_add_arp_neighbors_request,
    &k_get_ip_tables_request,
    &k_set_ip_tables_request,
    &k_get_metrics_request,
    &k_mem_agent_memcg_config,
    &k_mem_agent_compact_config,
    &k_create_sandbox_request,
    &k_destroy_sandbox_request,
    &k_online_cpu_mem_request,
    &k_reseed_random_dev_request,
    &k_guest_details_request,
    &k_mem_hotplug_by_probe_request,
    &k_set_guest_date_time_request,
    &k_copy_file_request,
    &k_get_oom_event_request,
    &k_add_swap_request,
    &k_add_swap_path_request,
    &k_volume_stats_request,
    &k_resize_volume_request,
    &k_set_policy_request,
};
// clang-format on

} // namespace

const Message* find_request(std::string_view name) {
    for (const auto requests : {std::span<const Message* const>(k_requests), own_requests()})
        for (const auto* message : requests)
            if (message->name == name) return message;
    return nullptr;
}

std::span<const Message* const> all_requests() {
    return k_requests;
}

} // namespace redoubt::guest::policy
