// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "installer/setup/disks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "installer/setup/command.hpp"

namespace redoubt::installer {
namespace {

constexpr std::size_t k_looked_at = 1U << 20U;

Result<std::string> content_of(const json::Node& device) {
    RDT_TRY(const auto table, device["pttype"].string_or());
    RDT_TRY(const auto system, device["fstype"].string_or());
    if (!table.empty()) return "a partition table (" + table + ")";
    return system.empty() ? std::string() : "a file system (" + system + ")";
}

Result<Disk> parse_disk(const json::Node& device) {
    Disk disk;
    RDT_TRY(disk.path, device["path"].string());
    RDT_TRY(disk.serial, device["serial"].string_or());
    RDT_TRY(disk.bytes, device["size"].unsigned_integer());
    RDT_TRY(disk.read_only, device["ro"].boolean());
    RDT_TRY(const auto label, device["label"].string_or());
    disk.is_medium = label == k_medium_label;
    RDT_TRY(disk.content, content_of(device));
    return disk;
}

/// Whether the begin of a disk has anything but zeros.
Result<bool> begins_with_data(const std::string& path) {
    RDT_TRY(const auto fd, open_file(path, O_RDONLY));
    std::string begin(k_looked_at, '\0');
    const auto count = ::pread(fd.get(), begin.data(), begin.size(), 0);
    if (count < 0) return fail_errno(errno, "read {}", path);
    return std::ranges::any_of(begin, [](char byte) { return byte != '\0'; });
}

} // namespace

Result<std::vector<Disk>> parse_disks(std::string_view text) {
    RDT_TRY(const auto document, json::parse("lsblk", text, {.max_bytes = 1U << 20U, .max_depth = 8}));
    RDT_TRY(const auto devices, document.root()["blockdevices"].array());
    std::vector<Disk> disks;
    for (const auto& device : devices) {
        RDT_TRY(const auto type, device["type"].string());
        if (type != "disk") continue;
        RDT_TRY(auto disk, parse_disk(device));
        disks.push_back(std::move(disk));
    }
    return disks;
}

Result<std::vector<Disk>> list_disks() {
    RDT_TRY(const auto text, run_command({"lsblk", "--json", "--bytes", "--nodeps", "--output",
                                          "PATH,TYPE,SIZE,SERIAL,RO,PTTYPE,FSTYPE,LABEL"}));
    RDT_TRY(auto disks, parse_disks(text));
    for (auto& disk : disks) {
        if (!disk.content.empty() || disk.bytes == 0) continue;
        RDT_TRY(const bool data, begins_with_data(disk.path));
        if (data) disk.content = "data of a kind that is not known";
    }
    return disks;
}

} // namespace redoubt::installer
