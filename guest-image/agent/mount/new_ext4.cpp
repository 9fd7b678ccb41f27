// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/new_ext4.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr auto k_folder = "_data";

Status write_block(int fd, std::uint64_t number, std::string_view bytes) {
    const auto place = static_cast<off_t>(number * k_ext4_block);
    const auto written = ::pwrite(fd, bytes.data(), bytes.size(), place);
    if (written != static_cast<ssize_t>(bytes.size()))
        return fail_errno(written < 0 ? errno : EIO, "write block {}", number);
    return {};
}

} // namespace

Status draw_bytes(std::span<char> bytes) {
    // Blocks until the kernel's pool is filled; up to 256 bytes come whole. Source: getrandom(2).
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return fail_errno(errno, "draw random bytes");
    return {};
}

Status make_ext4_on(const std::string& device, Ext4Journal journal) {
    RDT_TRY(const auto fd, open_file(device, O_RDWR));
    std::uint64_t bytes = 0;
    if (::ioctl(fd.get(), BLKGETSIZE64, &bytes) != 0) return fail_errno(errno, "size of {}", device);
    Ext4Identity identity;
    RDT_CHECK(draw_bytes(identity.uuid));
    RDT_CHECK(draw_bytes(identity.hash_seed));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    identity.made_at =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    RDT_TRY(const auto blocks, make_ext4(bytes, identity, k_folder, journal));
    for (const auto& [number, content] : blocks) RDT_CHECK(write_block(fd.get(), number, content));
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", device);
    return {};
}

} // namespace redoubt::guest::mount
