// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/config/settings.hpp"
#include "node-daemon/launch/broker_address.hpp"

namespace redoubt::node {

inline constexpr auto k_config_file = "/etc/redoubt/redoubtd.toml";

/// What an operator can set, as values: redoubtd.toml and its drop-ins. Each field's key has the same name;
/// keys, defaults and limits stand in config.cpp and in docs/man/redoubtd.toml.5.md.
struct Config {
    std::filesystem::path state_dir;   ///< survives reboots: database, images, logs
    std::filesystem::path runtime_dir; ///< gone after a reboot: sockets, VM folders

    struct Log {
        std::string level;                    ///< error, warning, info, debug
        std::uint64_t container_max_size = 0; ///< bytes of one container's log before it is rotated
    } log;

    struct Api {
        std::filesystem::path socket; ///< empty: runtime_dir/redoubtd.sock
        std::string socket_group;     ///< may use the socket, beside root; empty: root alone
    } api;

    /// Reached from outside.
    struct Remote {
        std::string listen;                      ///< "ADDRESS:PORT"; empty: not at all
        std::filesystem::path admin_certificate; ///< PEM file: administrators from the start; empty: none
    } remote;

    struct Metrics {
        std::string listen; ///< "ADDRESS:PORT", over plain HTTP; empty: not at all
    } metrics;

    struct Dbus {
        std::string address; ///< of the bus; empty: the system bus; "none": the node is on none
    } dbus;

    struct Hypervisor {
        std::filesystem::path qemu;
        std::string accel;         ///< auto, kvm, tcg
        std::string user;          ///< VMs run as this user; empty: as the daemon's
        std::size_t templates = 0; ///< guest templates kept at most; 0: every VM boots
    } hypervisor;

    /// The program that is root in the daemon's place.
    struct Launcher {
        std::filesystem::path socket; ///< empty: there is none, the daemon does all of it itself
        std::string user;             ///< whom it serves, beside root
        std::filesystem::path state_dir;
        std::filesystem::path runtime_dir;
    } launcher;

    /// VMs that are begun before they are asked for.
    struct Pool {
        std::size_t size = 0; ///< of each kind
        std::uint64_t memory = 0;
        std::chrono::milliseconds keep{}; ///< those of a kind that nobody asks for
    } pool;

    struct Guest {
        std::filesystem::path kernel;
        std::filesystem::path initramfs;
        std::filesystem::path confidential_initramfs; ///< of the level confidential
        std::filesystem::path manifest;
    } guest;

    struct Sandbox {
        std::uint64_t default_memory = 0; ///< guest RAM in bytes when a container sets no limit
        std::uint32_t default_vcpus = 1;
        std::chrono::milliseconds boot_timeout{};
        std::chrono::milliseconds stop_timeout{};
    } sandbox;

    struct Runtime {
        std::string minimum_level;     ///< runc, gvisor, vm, confidential
        std::filesystem::path monitor; ///< of a container without a VM
        std::filesystem::path runc;
        std::filesystem::path runsc;
        std::string gvisor_platform; ///< systrap, ptrace, kvm
    } runtime;

    /// What there is for the level confidential.
    struct Confidential {
        std::filesystem::path simulator; ///< redoubt-simtee's socket; empty: none
        launch::BrokerAddress broker;    ///< that the relay leads to; none: there is no relay
        std::filesystem::path firmware; ///< of SEV-SNP guests, and in a simulation's measurement; empty: none
        std::string cpu_model;          ///< likewise
        std::filesystem::path tdx_firmware;       ///< of TDs; empty: none are launched
        std::uint32_t quote_service_port = 0;     ///< vsock port of the host's quote generation; 0: none
        std::filesystem::path simulator_firmware; ///< that simulated guests boot through; empty: none
    } confidential;

    /// How the node proves itself.
    struct Attestation {
        std::string tpm;                 ///< "device:/dev/tpmrm0", "swtpm:path=..."; empty: there is none
        std::filesystem::path event_log; ///< of the boot; empty: where the unit, or the kernel, has it
    } attestation;

    /// Where the node's own secrets come from.
    struct Broker {
        std::string url;                   ///< of a key broker; empty: none
        std::filesystem::path certificate; ///< PEM file: who may be it
        std::string registry_logins;       ///< path of the resource; empty: the auth file is used
        std::string tls_identity;          ///< the same, of the remote listener; empty: the node's own
        std::string disk_key;              ///< the same, of the disk of the volumes; empty: no such disk
    } broker;

    struct Volume {
        std::uint64_t default_size = 0; ///< bytes of a volume whose maker names no size
    } volume;

    struct Network {
        std::string default_network; ///< by name; empty: our own, redoubt
        std::filesystem::path conflist_dir;
        std::vector<std::filesystem::path> plugin_dirs;
        std::string subnet;    ///< of our own network
        std::string subnet6;   ///< empty: IPv4 alone
        std::uint32_t mtu = 0; ///< 0: as the kernel chooses
        std::chrono::milliseconds plugin_timeout{};
    } network;

    struct Image {
        std::vector<std::string> unqualified_search_registries;
        std::vector<std::string> insecure_registries;
        std::filesystem::path auth_file;
        std::uint64_t max_layer_bytes = 0; ///< of an uncompressed layer
    } image;

    /// The management socket: api.socket, or its default in runtime_dir.
    [[nodiscard]] std::filesystem::path socket_path() const;
    /// Where the key of broker.disk_key is handed out.
    [[nodiscard]] std::filesystem::path disk_key_socket() const;
};

/// The daemon's keys.
[[nodiscard]] config::Schema config_schema();

/// Reads `file` and its drop-ins. A caller that wants --print-config keeps these settings and renders them.
/// Errors: invalid_argument "FILE:LINE:COLUMN: ...".
[[nodiscard]] Result<config::Settings> load_settings(const std::filesystem::path& file,
                                                     config::Presence presence);

/// The settings as typed values. Errors: invalid_argument a path that is not absolute.
[[nodiscard]] Result<Config> make_config(const config::Settings& settings);

} // namespace redoubt::node
