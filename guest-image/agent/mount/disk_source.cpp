// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/disk_source.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <format>
#include <system_error>
#include <utility>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/option_words.hpp"

namespace redoubt::guest::mount {

namespace fs = std::filesystem;

namespace {

constexpr auto k_poll = std::chrono::milliseconds(10);
/// A plugged disk announces itself; a bus that stays silent this long is asked. One of SCSI is asked at once
/// as well: our hosts' kernels do not look for disks when they boot (scsi_mod.scan=manual).
constexpr auto k_scan_after = std::chrono::milliseconds(500);
constexpr std::size_t k_max_depth = 8;
constexpr std::size_t k_max_name = 32;
/// The first bus number of root complexes beside the main one. Source: Kata 4.1.0, its NUMA topologies.
constexpr std::uint32_t k_first_extra_root = 0x20;

/// The first entry of a folder whose name `fits`.
template <class Fits>
std::optional<fs::path> entry_of(const fs::path& folder, Fits fits) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (fits(entry.path().filename().native())) return entry.path();
    return std::nullopt;
}

std::optional<std::string> only_disk_below(const fs::path& folder) {
    const auto disk = entry_of(folder, [](const std::string&) { return true; });
    if (!disk) return std::nullopt;
    return disk->filename().native();
}

/// sysfs names a SCSI device host:channel:target:lun.
std::optional<std::string> find_disk(const ScsiAddress& address, const fs::path& sysfs) {
    const std::string ending = std::format(":0:{}:{}", address.target, address.lun);
    const auto device = entry_of(sysfs / "class/scsi_device",
                                 [&](const std::string& name) { return name.ends_with(ending); });
    if (!device) return std::nullopt;
    return only_disk_below(*device / "device/block");
}

/// sysfs nests PCI devices as the buses do, each named domain:bus:device.function.
std::optional<std::string> find_disk(const PciPath& path, const fs::path& sysfs) {
    fs::path place = sysfs / std::format("devices/pci0000:{:02x}", path.root_bus);
    for (const auto& slot : path.slots) {
        const std::string ending = std::format(":{:02x}.{:x}", slot.device, slot.function);
        const auto device = entry_of(place, [&](const std::string& name) {
            return name.starts_with("0000:") && name.ends_with(ending);
        });
        if (!device) return std::nullopt;
        place = *device;
    }
    const auto virtio = entry_of(place, [](const std::string& name) { return name.starts_with("virtio"); });
    if (!virtio) return std::nullopt;
    return only_disk_below(*virtio / "block");
}

std::optional<std::string> find_disk(const DiskName& disk, const fs::path& sysfs) {
    std::error_code error;
    if (!fs::exists(sysfs / "class/block" / disk.name, error)) return std::nullopt;
    return disk.name;
}

// A bus that refuses to be scanned has no disk for us; the deadline speaks for all of them.
void scan_scsi(const std::string& what, const fs::path& sysfs) {
    std::error_code error;
    for (const auto& host : fs::directory_iterator(sysfs / "class/scsi_host", error))
        auto scanned = write_existing(host.path() / "scan", what);
}
void scan(const ScsiAddress& address, const fs::path& sysfs) {
    scan_scsi(std::format("0 {} {}", address.target, address.lun), sysfs);
}
void scan(const PciPath& /*path*/, const fs::path& sysfs) {
    auto scanned = write_existing(sysfs / "bus/pci/rescan", "1");
}
void scan(const DiskName& /*disk*/, const fs::path& /*sysfs*/) {}

std::string words_of(const ScsiAddress& address) {
    return std::format("SCSI disk {}:{}", address.target, address.lun);
}
std::string words_of(const PciPath& path) {
    std::string words = "PCI disk ";
    if (path.root_bus != 0) words += std::format("{:02x}/", path.root_bus);
    for (const auto& slot : path.slots) words += std::format("{:02x}.{:x}/", slot.device, slot.function);
    words.pop_back();
    return words;
}
std::string words_of(const DiskName& disk) {
    return "disk /dev/" + disk.name;
}

/// "vda1", but "nvme0n1p1".
std::string partition_name(const std::string& disk, std::uint32_t number) {
    const bool ends_in_digit = disk.back() >= '0' && disk.back() <= '9';
    return std::format("{}{}{}", disk, ends_in_digit ? "p" : "", number);
}

/// The kernel's name of what is meant, once sysfs shows it.
std::optional<std::string> find_name(const DiskSource& source, std::optional<std::uint32_t> partition,
                                     const fs::path& sysfs) {
    auto disk = std::visit([&](const auto& kind) { return find_disk(kind, sysfs); }, source);
    if (!disk || disk->empty()) return std::nullopt;
    if (!partition) return disk;
    auto name = partition_name(*disk, *partition);
    std::error_code error;
    if (!fs::exists(sysfs / "class/block" / name, error)) return std::nullopt;
    return name;
}

/// sysfs shows a disk before the kernel lets anybody open it: its node comes later, and refuses at first.
bool opens(const std::string& node) {
    const UniqueFd fd(::open(node.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    return fd || (errno != ENOENT && errno != ENXIO && errno != ENODEV);
}

Result<PciPath::Slot> parse_slot(const std::string& text) {
    const auto dot = text.find('.');
    PciPath::Slot slot;
    RDT_TRY(slot.device, parse_number<std::uint32_t>("slot", text.substr(0, dot), 16));
    if (dot != std::string::npos) {
        RDT_TRY(slot.function, parse_number<std::uint32_t>("function", text.substr(dot + 1), 16));
    }
    if (slot.device > 0x1f || slot.function > 7)
        return fail(Code::invalid_argument, "'{}' is not a slot of a PCI bus", text);
    return slot;
}

} // namespace

Result<ScsiAddress> parse_scsi_address(const std::string& text) {
    const auto parts = split(text, ':');
    if (parts.size() == 2) {
        const auto target = parse_number<std::uint32_t>("target", parts[0]);
        const auto lun = parse_number<std::uint32_t>("lun", parts[1]);
        if (target && lun) return ScsiAddress{*target, *lun};
    }
    return fail(Code::invalid_argument, "SCSI address '{}' is not target:lun", text.substr(0, 64));
}

Result<PciPath> parse_pci_path(const std::string& text) {
    const auto bad = [&](const Error& error) {
        return error.within(std::format("PCI path '{}'", text.substr(0, 64)));
    };
    auto parts = split(text, '/');
    if (parts.size() > k_max_depth)
        return fail(Code::invalid_argument, "PCI path '{}' is too deep", text.substr(0, 64));
    PciPath path;
    if (parts.size() >= 3) {
        const auto root = parse_number<std::uint32_t>("bus", parts[0], 16);
        if (root && *root >= k_first_extra_root && *root <= 0xff) {
            path.root_bus = *root;
            parts.erase(parts.begin());
        }
    }
    for (const auto& part : parts) {
        RDT_TRY(const auto slot, parse_slot(part).transform_error(bad));
        path.slots.push_back(slot);
    }
    return path;
}

Result<DiskName> parse_disk_name(const std::string& text) {
    constexpr std::string_view k_prefix = "/dev/";
    if (text.starts_with(k_prefix)) {
        auto name = text.substr(k_prefix.size());
        const bool is_plain = !name.empty() && name.size() <= k_max_name && name.front() >= 'a' &&
                              name.front() <= 'z' && std::ranges::all_of(name, [](char c) {
                                  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                              });
        if (is_plain) return DiskName{std::move(name)};
    }
    return fail(Code::invalid_argument, "'{}' is not a disk of /dev", text.substr(0, 64));
}

Result<DiskSource> parse_disk_source(const std::string& driver, const std::string& text) {
    const bool is_any = driver == "erofs.multi-layer";
    if (driver == "scsi" || (is_any && text.contains(':'))) return parse_scsi_address(text);
    if (driver == "mmioblk" || ((driver == "blk" || is_any) && text.starts_with("/")))
        return parse_disk_name(text);
    if (driver == "blk" || is_any) return parse_pci_path(text);
    return fail(Code::unimplemented, "driver '{}' is not implemented by this agent", driver.substr(0, 64));
}

void look_for_disks(const KernelFolders& kernel) {
    scan_scsi("0 0 -", kernel.sysfs);
}

Task<std::string> wait_for_disk(DiskSource source, std::optional<std::uint32_t> partition, Duration limit,
                                KernelFolders kernel) {
    const auto begin = Clock::now();
    const auto words = std::visit([](const auto& kind) { return words_of(kind); }, source) +
                       (partition ? std::format(" partition {}", *partition) : "");
    auto next_scan = std::holds_alternative<ScsiAddress>(source) ? Duration(0) : Duration(k_scan_after);
    for (;;) {
        if (const auto name = find_name(source, partition, kernel.sysfs)) {
            auto node = (kernel.dev / *name).native();
            if (opens(node)) co_return node;
        }
        const auto waited = Clock::now() - begin;
        if (waited >= limit) break;
        if (waited >= next_scan) {
            std::visit([&](const auto& kind) { scan(kind, kernel.sysfs); }, source);
            next_scan = next_scan < k_scan_after ? Duration(k_scan_after) : Duration::max();
            continue;
        }
        co_await sleep_for(k_poll);
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return fail(Code::cancelled, "wait for {}: the caller has gone", words);
    }
    co_return fail(Code::deadline_exceeded, "{} did not appear within {} ms", words,
                   std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
}

} // namespace redoubt::guest::mount
