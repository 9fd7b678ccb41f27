// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/device_mapper.hpp"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>
#include <string_view>
#include <vector>

#include "common/base/file.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::uint64_t k_sector = 512;
constexpr std::uint64_t k_max_blocks = std::uint64_t{1} << 40;

/// The header that every request begins with, and room for a table behind it.
std::vector<char> make_request(const std::string& name, std::uint32_t flags, std::size_t extra) {
    std::vector<char> bytes(sizeof(dm_ioctl) + extra);
    dm_ioctl header{};
    header.version[0] = DM_VERSION_MAJOR; // any kernel of this major version answers
    header.data_size = static_cast<std::uint32_t>(bytes.size());
    header.data_start = sizeof(dm_ioctl);
    header.flags = flags;
    std::memcpy(header.name, name.data(), std::min(name.size(), sizeof header.name - 1));
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

Status control(unsigned long request, std::vector<char>& bytes, std::string_view what) {
    RDT_TRY(const auto device, open_file("/dev/mapper/control", O_RDWR));
    if (::ioctl(device.get(), request, bytes.data()) == 0) return {};
    if (errno == EBUSY) return fail(Code::failed_precondition, "{}: the device is in use", what);
    return fail_errno(errno, "{}", what);
}

Status load_table(const MappedDevice& device, std::uint32_t flags) {
    const auto& table = device.table;
    auto bytes = make_request(device.name, flags, sizeof(dm_target_spec) + table.size() + 8);
    dm_target_spec spec{};
    spec.length = device.sectors;
    std::memcpy(spec.target_type, device.target.c_str(),
                std::min(device.target.size() + 1, sizeof spec.target_type));
    char* const place = bytes.data() + sizeof(dm_ioctl);
    std::memcpy(place, &spec, sizeof spec);
    std::memcpy(place + sizeof spec, table.c_str(), table.size() + 1);
    dm_ioctl header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    header.target_count = 1;
    std::memcpy(bytes.data(), &header, sizeof header);
    auto loaded =
        control(DM_TABLE_LOAD, bytes, std::format("load the {} table of {}", device.target, device.name));
    ::explicit_bzero(bytes.data(), bytes.size());
    return loaded;
}

/// What the kernel takes. Source: drivers/md/dm-verity-target.c.
bool is_block_size(std::uint32_t size) {
    return size >= 512 && size <= 4096 && (size & (size - 1)) == 0;
}

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

} // namespace

Status check_verity_target(const VerityTarget& target) {
    if (target.root_hash.size() != 64 || !is_hex(target.root_hash))
        return fail(Code::invalid_argument, "verity_root_hash: not 64 lower-case hex digits");
    if (target.salt.size() > 512 || target.salt.size() % 2 != 0 || !is_hex(target.salt))
        return fail(Code::invalid_argument, "verity_salt: not lower-case hex of at most 256 bytes");
    if (target.data_blocks == 0 || target.data_blocks > k_max_blocks)
        return fail(Code::invalid_argument, "verity_data_blocks: {} is out of range", target.data_blocks);
    if (!is_block_size(target.data_block_size) || !is_block_size(target.hash_block_size))
        return fail(Code::invalid_argument,
                    "verity block sizes: {} and {} are not powers of 2 from 512 to 4096",
                    target.data_block_size, target.hash_block_size);
    if (target.hash_start > k_max_blocks * 8)
        return fail(Code::invalid_argument, "verity hash offset: {} is out of range", target.hash_start);
    return {};
}

std::string render_verity_table(const VerityTarget& target) {
    const auto right_behind = target.data_blocks * target.data_block_size / target.hash_block_size;
    return std::format("1 {0} {0} {1} {2} {3} {4} sha256 {5} {6}", target.device, target.data_block_size,
                       target.hash_block_size, target.data_blocks,
                       target.hash_start != 0 ? target.hash_start : right_behind, target.root_hash,
                       target.salt.empty() ? "-" : target.salt);
}

Result<std::string> create_device(const MappedDevice& device) {
    const auto& name = device.name;
    const std::uint32_t read_only = device.is_read_only ? DM_READONLY_FLAG : 0U;
    auto create = make_request(name, read_only, 0);
    RDT_CHECK(control(DM_DEV_CREATE, create, "create device " + name));
    auto resume = make_request(name, read_only, 0);
    // The kernel wipes its own copy of the request, too: it may hold a key.
    auto made = load_table(device, read_only | DM_SECURE_DATA_FLAG).and_then([&] {
        return control(DM_DEV_SUSPEND, resume, "start device " + name);
    });
    if (!made) {
        auto removed = remove_device(name);
        return std::unexpected(made.error());
    }
    dm_ioctl header{};
    std::memcpy(&header, resume.data(), sizeof header);
    return std::format("/dev/dm-{}", minor(header.dev));
}

Result<std::string> create_verity_device(const std::string& name, const VerityTarget& target) {
    RDT_CHECK(check_verity_target(target));
    return create_device({.name = name,
                          .target = "verity",
                          .table = render_verity_table(target),
                          .sectors = target.data_blocks * (target.data_block_size / k_sector),
                          .is_read_only = true});
}

Status remove_device(const std::string& name) {
    auto bytes = make_request(name, 0, 0);
    return control(DM_DEV_REMOVE, bytes, "remove device " + name);
}

} // namespace redoubt::guest::mount
