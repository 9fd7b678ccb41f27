// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/integrity_disk.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::uint64_t k_sector = 512;
constexpr std::uint64_t k_block = 4096;
constexpr std::uint64_t k_block_sectors = k_block / k_sector;

/// The kernel formats a disk whose superblock is zero.
Status forget_superblock(const IntegrityDisk& disk) {
    RDT_TRY(const auto fd, open_file(disk.device, O_WRONLY));
    const std::string nothing(k_block, '\0');
    const auto place = static_cast<off_t>(disk.start_bytes);
    const auto written = ::pwrite(fd.get(), nothing.data(), nothing.size(), place);
    if (written != static_cast<ssize_t>(nothing.size()))
        return fail_errno(written < 0 ? errno : EIO, "write {} at {}", disk.device, disk.start_bytes);
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", disk.device);
    return {};
}

/// How much data there is room for, as the superblock says that the kernel has written.
Result<std::uint64_t> read_sectors(const IntegrityDisk& disk) {
    constexpr std::size_t k_place = 16;
    std::uint64_t sectors = 0;
    RDT_TRY(const auto bytes, read_integrity_superblock(disk, k_place + sizeof sectors));
    std::memcpy(&sectors, bytes.data() + k_place, sizeof sectors);
    sectors = sectors / k_block_sectors * k_block_sectors;
    if (sectors == 0) return fail(Code::invalid_argument, "{} is too small", disk.device);
    return sectors;
}

} // namespace

std::string integrity_name(const std::string& name) {
    return name + "-integrity";
}

std::string render_integrity_table(const IntegrityDisk& disk) {
    return std::format("{} {} 32 {} 1 block_size:{}", disk.device, disk.start_bytes / k_sector,
                       disk.writes == TagWrites::journal ? 'J' : 'D', k_block);
}

std::string render_crypt_table(const std::string& device, std::string_view key) {
    return std::format("capi:authenc(hmac(sha256),xts(aes))-plain64 {} 0 {} 0 2 integrity:32:aead "
                       "sector_size:{}",
                       key, device, k_block);
}

Result<std::string> read_integrity_superblock(const IntegrityDisk& disk, std::size_t size) {
    constexpr std::string_view k_magic("integrt\0", 8);
    RDT_TRY(const auto fd, open_file(disk.device, O_RDONLY));
    std::string bytes(k_sector, '\0');
    if (::pread(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(disk.start_bytes)) !=
        static_cast<ssize_t>(bytes.size()))
        return fail_errno(errno, "read {} at {}", disk.device, disk.start_bytes);
    if (!bytes.starts_with(k_magic))
        return fail(Code::data_loss, "{}: the kernel has not formatted it for integrity", disk.device);
    bytes.resize(std::min(size, bytes.size()));
    return bytes;
}

Result<SizedDevice> format_integrity(const std::string& name, const IntegrityDisk& disk) {
    RDT_CHECK(forget_superblock(disk));
    // Once to have the disk formatted, then with the size that this has left.
    RDT_CHECK(open_integrity(name, disk, k_block_sectors));
    RDT_CHECK(remove_device(name));
    SizedDevice made;
    RDT_TRY(made.sectors, read_sectors(disk));
    RDT_TRY(made.device, open_integrity(name, disk, made.sectors));
    return made;
}

Result<std::string> open_integrity(const std::string& name, const IntegrityDisk& disk,
                                   std::uint64_t sectors) {
    return create_device({name, "integrity", render_integrity_table(disk), sectors});
}

Result<std::string> open_crypt(const std::string& name, const SizedDevice& lower, std::string_view key) {
    auto table = render_crypt_table(lower.device, key);
    auto device = create_device({name, "crypt", table, lower.sectors});
    ::explicit_bzero(table.data(), table.size());
    return device;
}

} // namespace redoubt::guest::mount
