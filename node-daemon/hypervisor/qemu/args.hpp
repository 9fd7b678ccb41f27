// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// From a VmSpec to QEMU's command line and disk commands: pure.

#include <boost/json/object.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/launch/vm_spec.hpp"

namespace redoubt::node::hypervisor::qemu {

/// What QEMU inherits instead of opening it: so it needs no right to any path of the host.
enum class FdRole : std::uint8_t {
    qmp,              ///< listening socket of the control protocol
    agent,            ///< listening socket of the byte stream to the guest agent
    console,          ///< listening socket of what the guest kernel writes
    relay,            ///< listening socket of the byte stream to the guest's key broker
    kernel,           ///< read-only file
    initramfs,        ///< read-only file
    kvm,              ///< /dev/kvm
    firmware,         ///< read-only file
    secure_processor, ///< /dev/sev
    disk,             ///< file of a disk
    tap,              ///< queue of a network interface, open already
    memory,           ///< guest memory of a template, open already
};

struct InheritedFd {
    FdRole role = FdRole::disk;
    std::filesystem::path path; ///< socket to listen on or file to open
    bool is_writable = false;
    int open_already = -1; ///< of a tap or of memory: the descriptor to give a copy of
};

/// descriptors[i] is number k_first_descriptor + i in QEMU.
struct QemuCommand {
    static constexpr int k_first_descriptor = 3;
    std::vector<std::string> arguments; ///< [0] is the program's path
    std::vector<InheritedFd> descriptors;
    /// What it does not inherit but finds by its path: the socket of a simulator, which has to see who
    /// connects.
    std::vector<std::filesystem::path> shown = {};
};

/// Names of the sockets in a VM's runtime directory.
inline constexpr auto k_qmp_socket = "qmp.sock";
inline constexpr auto k_agent_socket = "agent.sock";
inline constexpr auto k_console_socket = "console.sock";
/// QEMU's name of the guest's end of the agent's socket.
inline constexpr auto k_agent_port = "agent-port";

/// Whether who starts VMs opens it by itself, whoever asks: no caller chooses devices and firmware.
[[nodiscard]] constexpr bool is_of_the_host(FdRole role) {
    return role == FdRole::kvm || role == FdRole::firmware || role == FdRole::secure_processor;
}

/// The command that starts this VM stopped, before its first instruction; "cont" lets it run.
/// Errors: invalid_argument naming the field that is out of range.
[[nodiscard]] Result<QemuCommand> make_command(const std::filesystem::path& program,
                                               const launch::VmSpec& spec);

/// Errors: invalid_argument when the id or the LUN cannot be one.
[[nodiscard]] Status validate_disk(const launch::DiskSpec& disk);

/// QEMU's names of a disk's two halves.
[[nodiscard]] std::string block_node_id(const std::string& disk_id);
[[nodiscard]] std::string scsi_device_id(const std::string& disk_id);

/// Arguments of -blockdev and blockdev-add. `filename` is what QEMU opens: a /dev/fdset path.
[[nodiscard]] boost::json::object render_block_node(const launch::DiskSpec& disk,
                                                    const std::string& filename);
/// Arguments of -device and device_add.
[[nodiscard]] boost::json::object render_scsi_device(const launch::DiskSpec& disk);

} // namespace redoubt::node::hypervisor::qemu
