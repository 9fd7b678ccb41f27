// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/async/task.hpp"

namespace redoubt::guest::mount {

/// Where a disk sits on the VM's SCSI bus: "target:lun".
struct ScsiAddress {
    std::uint32_t target = 0;
    std::uint32_t lun = 0;
};

/// Where a disk sits in the tree of PCI buses: one slot a bus, in hexadecimal, "02/00" or "02.0/00.1". A
/// first part of 20 or more before two others is the bus of a root complex of its own. Source: Kata 4.1.0's
/// form.
struct PciPath {
    struct Slot {
        std::uint32_t device = 0;
        std::uint32_t function = 0;
    };
    std::uint32_t root_bus = 0;
    std::vector<Slot> slots;
};

/// The name the kernel gives a virtio disk, in order of appearance: "/dev/vda".
struct DiskName {
    std::string name;
};

using DiskSource = std::variant<ScsiAddress, PciPath, DiskName>;

[[nodiscard]] Result<ScsiAddress> parse_scsi_address(const std::string& text);
[[nodiscard]] Result<PciPath> parse_pci_path(const std::string& text);
/// Errors: invalid_argument unless it is /dev/ and a plain name: no folder, and no device-mapper device,
/// which are not the host's to name.
[[nodiscard]] Result<DiskName> parse_disk_name(const std::string& text);

/// What `text` means to a storage or device driver: scsi, mmioblk, blk (a name or a PCI path), or
/// erofs.multi-layer (any of them, by its form). Errors: invalid_argument; unimplemented for other drivers.
[[nodiscard]] Result<DiskSource> parse_disk_source(const std::string& driver, const std::string& text);

/// Where the kernel shows its devices.
struct KernelFolders {
    std::filesystem::path sysfs = "/sys";
    std::filesystem::path dev = "/dev";
};

/// Asks the first target of the SCSI bus, where a VM has its disks, for all of them: a kernel that boots with
/// scsi_mod.scan=manual has not. Source: Linux Documentation/scsi/scsi_mid_low_api.rst, "scan".
void look_for_disks(const KernelFolders& kernel = {});

/// The node of the disk, /dev/sdX, once it is there and opens: the host may still be plugging it in. With
/// `partition` the node of that partition. Errors: deadline_exceeded after `limit`.
Task<std::string> wait_for_disk(DiskSource source, std::optional<std::uint32_t> partition, Duration limit,
                                KernelFolders kernel = {});

} // namespace redoubt::guest::mount
