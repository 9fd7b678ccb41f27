// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/args.hpp"

#include <sys/un.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <format>
#include <set>
#include <string_view>
#include <utility>

#include "node-daemon/hypervisor/qemu/command_builder.hpp"
#include "node-daemon/hypervisor/qemu/machine_args.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20U;
constexpr std::uint64_t k_min_memory = 32 * k_mebibyte;
constexpr std::uint32_t k_max_vcpus = 64;   // the guest kernel's NR_CPUS
constexpr std::uint32_t k_max_target = 255; // virtio-scsi's
constexpr std::uint32_t k_max_lun = 255;    // up to here SCSI needs no extended LUN addressing
// QEMU refuses block node names beyond 31 characters; "disk-" is ours.
constexpr std::size_t k_max_disk_id = 26;
constexpr std::uint32_t k_min_mtu = 68; // RFC 791
constexpr std::uint32_t k_max_mtu = 65535;
constexpr std::size_t k_max_queues = 16;
// The machine has eight places for virtio devices; serial ports, random numbers and disks take three.
constexpr std::size_t k_max_networks = 5;

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_mac(std::string_view text) {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (i % 3 == 2 ? c != ':' : !is_hex) return false;
    }
    return true;
}

Status validate_networks(const launch::VmSpec& spec) {
    std::set<std::string> ids;
    for (const auto& network : spec.networks) {
        if (!is_name(network.id) || network.id.size() > k_max_disk_id || !ids.insert(network.id).second)
            return fail(Code::invalid_argument,
                        "vm {}: network id '{}': only a-z, 0-9 and '-', and only once", spec.id, network.id);
        if (!is_mac(network.mac))
            return fail(Code::invalid_argument, "vm {}: network {}: mac '{}' is not six hex bytes", spec.id,
                        network.id, network.mac);
        if (network.mtu < k_min_mtu || network.mtu > k_max_mtu)
            return fail(Code::invalid_argument, "vm {}: network {}: mtu {} is not within {} and {}", spec.id,
                        network.id, network.mtu, k_min_mtu, k_max_mtu);
        if (network.tap_queues.empty() || network.tap_queues.size() > k_max_queues)
            return fail(Code::invalid_argument, "vm {}: network {}: {} queues, not 1 to {}", spec.id,
                        network.id, network.tap_queues.size(), k_max_queues);
    }
    if (spec.networks.size() > k_max_networks)
        return fail(Code::invalid_argument, "vm {}: {} networks, the most is {}", spec.id,
                    spec.networks.size(), k_max_networks);
    return {};
}

/// A VM that is only called confidential, as it has lost the rest on its way here, would be believed to be
/// so.
Status validate_level(const launch::VmSpec& spec) {
    if (launch::is_on_host(spec.level))
        return fail(Code::invalid_argument, "vm {}: level '{}' has no VMs", spec.id, name_of(spec.level));
    const bool is_so_called = spec.level == launch::IsolationLevel::confidential;
    if (is_so_called != spec.confidential.has_value())
        return fail(Code::invalid_argument, "vm {}: level '{}' {} a secure processor", spec.id,
                    name_of(spec.level), is_so_called ? "without" : "with");
    if (spec.has_relay && !spec.confidential)
        return fail(Code::invalid_argument, "vm {}: level '{}' with a relay", spec.id, name_of(spec.level));
    if (spec.of_template && spec.level != launch::IsolationLevel::vm)
        return fail(Code::invalid_argument, "vm {}: level '{}' has no templates", spec.id,
                    name_of(spec.level));
    return spec.confidential ? validate_launch(spec) : Status();
}

Status validate(const launch::VmSpec& spec) {
    if (!is_name(spec.id.str()))
        return fail(Code::invalid_argument, "vm id '{}': only a-z, 0-9 and '-'", spec.id);
    if (spec.vcpus < 1 || spec.vcpus > k_max_vcpus)
        return fail(Code::invalid_argument, "vm {}: vcpus {} is not within 1 and {}", spec.id, spec.vcpus,
                    k_max_vcpus);
    if (spec.memory_bytes < k_min_memory || spec.memory_bytes % k_mebibyte != 0)
        return fail(Code::invalid_argument,
                    "vm {}: memory of {} bytes is not a multiple of 1 MiB from 32 MiB on", spec.id,
                    spec.memory_bytes);
    // The longest of our socket paths must fit into sockaddr_un.
    if ((spec.runtime_directory / k_console_socket).native().size() >= sizeof(sockaddr_un{}.sun_path))
        return fail(Code::invalid_argument, "vm {}: runtime directory {} is too long for unix sockets",
                    spec.id, spec.runtime_directory.native());
    RDT_CHECK(validate_level(spec));
    RDT_CHECK(validate_networks(spec));
    for (std::size_t i = 0; i < spec.disks.size(); ++i) {
        const auto& disk = spec.disks[i];
        RDT_CHECK(validate_disk(disk));
        for (std::size_t j = 0; j < i; ++j)
            if (spec.disks[j].id == disk.id ||
                (spec.disks[j].target == disk.target && spec.disks[j].lun == disk.lun))
                return fail(Code::invalid_argument, "vm {}: disks '{}' and '{}' share an id or lun {}",
                            spec.id, spec.disks[j].id, disk.id, disk.lun);
    }
    return {};
}

void add_process(CommandBuilder& builder, const launch::VmSpec& spec) {
    builder.add("-name", std::format("guest=redoubt-{},debug-threads=on", spec.id));
    builder.add("-nodefaults");
    builder.add("-no-user-config");
    builder.add("-display", "none");
    builder.add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    builder.add("-S");
    // A guest that resets (its kernel panics, or it has no power switch) has ended.
    builder.add("-no-reboot");
}

void add_kernel(CommandBuilder& builder, const launch::VmSpec& spec) {
    const int kernel = builder.inherit(FdRole::kernel, spec.kernel, /*is_writable=*/false);
    const int initramfs = builder.inherit(FdRole::initramfs, spec.initramfs, /*is_writable=*/false);
    builder.add("-kernel", std::format("/proc/self/fd/{}", kernel));
    builder.add("-initrd", std::format("/proc/self/fd/{}", initramfs));
    builder.add("-append", spec.cmdline);
}

void add_devices(CommandBuilder& builder, const launch::VmSpec& spec) {
    const auto& folder = spec.runtime_directory;
    builder.add_socket(FdRole::qmp, "qmp", folder / k_qmp_socket);
    builder.add("-mon", "chardev=qmp,mode=control");
    builder.add_socket(FdRole::console, "console", folder / k_console_socket);
    builder.add_socket(FdRole::agent, "agent", folder / k_agent_socket);

    if (!is_pc(spec)) builder.add("-global", "virtio-mmio.force-legacy=off");
    const auto bus = bus_of(spec);
    builder.add("-device", std::format("virtio-serial-{},id=serial0,max_ports=4", bus));
    builder.add("-device", "virtconsole,bus=serial0.0,nr=0,chardev=console");
    builder.add("-device",
                std::format("virtserialport,bus=serial0.0,nr=1,chardev=agent,name=redoubt.agent,id={}",
                            k_agent_port));
    builder.add("-object", "rng-builtin,id=rng0");
    builder.add("-device", std::format("virtio-rng-{},rng=rng0", bus));
    // A firmware that is told of no largest transfer leaves the controller alone. It would ask 32 targets for
    // disks, of which it boots none; the guest's kernel has a limit of its own. Source: virtio 1.3, 5.6.4,
    // max_sectors.
    const auto* limit = is_pc(spec) ? ",max_sectors=0" : "";
    builder.add("-device", std::format("virtio-scsi-{},id=scsi0{}", bus, limit));
}

void add_relay(CommandBuilder& builder, const launch::VmSpec& spec) {
    if (!spec.has_relay) return;
    builder.add_socket(FdRole::relay, "relay", spec.runtime_directory / launch::k_relay_socket);
    builder.add("-device", "virtserialport,bus=serial0.0,nr=3,chardev=relay,name=org.redoubt.relay");
}

void add_disk(CommandBuilder& builder, const launch::DiskSpec& disk) {
    const auto filename = builder.add_fdset(FdRole::disk, disk.file, !disk.read_only);
    builder.add("-blockdev", boost::json::serialize(render_block_node(disk, filename)));
    builder.add("-device", boost::json::serialize(render_scsi_device(disk)));
}

/// The tap's headers say whether a packet still wants its checksum or its segments; QEMU asks the tap.
void add_network(CommandBuilder& builder, const launch::VmSpec& spec, const launch::NetworkDevice& network,
                 const std::string& mac) {
    std::string numbers;
    for (const int queue : network.tap_queues) {
        const int fd =
            builder.inherit({.role = FdRole::tap, .path = {}, .is_writable = true, .open_already = queue});
        numbers += std::format("{}{}", numbers.empty() ? "" : ":", fd);
    }
    const bool has_many = network.tap_queues.size() > 1;
    builder.add("-netdev",
                std::format("tap,id={},{}={},vhost=off", network.id, has_many ? "fds" : "fd", numbers));
    // A boot program of the host's has no place in a guest that is measured.
    const auto* rom = is_pc(spec) ? ",romfile=" : "";
    builder.add("-device",
                std::format("virtio-net-{4},id=nic-{0},netdev={0},mac={1},host_mtu={2}{3}{5}", network.id,
                            mac, network.mtu, has_many ? ",mq=on" : "", bus_of(spec), rom));
}

} // namespace

std::string block_node_id(const std::string& disk_id) {
    return "disk-" + disk_id;
}

std::string scsi_device_id(const std::string& disk_id) {
    return "scsi-" + disk_id;
}

Status validate_disk(const launch::DiskSpec& disk) {
    if (!is_name(disk.id) || disk.id.size() > k_max_disk_id)
        return fail(Code::invalid_argument, "disk id '{}': only a-z, 0-9 and '-', at most {} characters",
                    disk.id, k_max_disk_id);
    if (disk.lun > k_max_lun)
        return fail(Code::invalid_argument, "disk '{}': lun {} is beyond {}", disk.id, disk.lun, k_max_lun);
    if (disk.target > k_max_target)
        return fail(Code::invalid_argument, "disk '{}': target {} is beyond {}", disk.id, disk.target,
                    k_max_target);
    return {};
}

boost::json::object render_block_node(const launch::DiskSpec& disk, const std::string& filename) {
    // Layers are shared by many VMs: no locks, and the host's page cache keeps one copy for all of them.
    boost::json::object file{{"driver", "file"},
                             {"filename", filename},
                             {"read-only", disk.read_only},
                             {"auto-read-only", false},
                             {"locking", disk.read_only ? "off" : "auto"},
                             {"discard", disk.read_only ? "ignore" : "unmap"}};
    return {{"driver", "raw"},
            {"node-name", block_node_id(disk.id)},
            {"read-only", disk.read_only},
            {"auto-read-only", false},
            {"discard", disk.read_only ? "ignore" : "unmap"},
            {"file", std::move(file)}};
}

boost::json::object render_scsi_device(const launch::DiskSpec& disk) {
    boost::json::object device{{"driver", "scsi-hd"},
                               {"id", scsi_device_id(disk.id)},
                               {"bus", "scsi0.0"},
                               {"channel", 0},
                               {"scsi-id", disk.target},
                               {"lun", disk.lun},
                               {"drive", block_node_id(disk.id)}};
    // By default QEMU pauses a guest whose write finds no space on the host; here the guest is told.
    if (!disk.read_only) device["werror"] = "report";
    return device;
}

Result<QemuCommand> make_command(const std::filesystem::path& program, const launch::VmSpec& spec) {
    RDT_CHECK(validate(spec));
    CommandBuilder builder(program);
    add_process(builder, spec);
    add_machine(builder, spec);
    add_kernel(builder, spec);
    add_devices(builder, spec);
    add_processor(builder, spec);
    add_relay(builder, spec);
    for (const auto& disk : spec.disks) add_disk(builder, disk);
    for (std::size_t i = 0; i < spec.networks.size(); ++i)
        add_network(builder, spec, spec.networks[i],
                    spec.of_template ? launch::template_mac(i) : spec.networks[i].mac);
    return std::move(builder).finish();
}

} // namespace redoubt::node::hypervisor::qemu
