// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/sealed_disk.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <format>
#include <span>

#include "common/base/file.hpp"
#include "common/base/unwind.hpp"
#include "guest-image/agent/mount/device_mapper.hpp"
#include "guest-image/agent/mount/ext4_layout.hpp"

namespace redoubt::guest::mount {

namespace {

constexpr std::uint64_t k_sector = 512;
constexpr std::uint64_t k_block_sectors = k_ext4_block / k_sector;
constexpr std::size_t k_key_size = 64 + 32; // XTS takes two keys, then the HMAC's
constexpr auto k_folder = "_data";

Status fill_randomly(std::span<char> bytes) {
    // Blocks until the kernel's pool is filled; up to 256 bytes come whole. Source: getrandom(2).
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return fail_errno(errno, "draw a key");
    return {};
}

/// A key in hex that is gone from memory when this is.
class Key {
  public:
    static Result<Key> draw() {
        Key key;
        std::array<char, k_key_size> bytes{};
        auto drawn = fill_randomly(bytes);
        constexpr std::string_view k_digits = "0123456789abcdef";
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto byte = static_cast<unsigned char>(bytes.at(i));
            key.hex_.at(2 * i) = k_digits[byte >> 4U];
            key.hex_.at(2 * i + 1) = k_digits[byte & 15U];
        }
        ::explicit_bzero(bytes.data(), bytes.size());
        if (!drawn) return std::unexpected(drawn.error());
        return key;
    }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    Key(Key&& other) noexcept : hex_(other.hex_) { ::explicit_bzero(other.hex_.data(), other.hex_.size()); }
    Key& operator=(Key&&) = delete;
    ~Key() { ::explicit_bzero(hex_.data(), hex_.size()); }

    [[nodiscard]] std::string_view text() const { return {hex_.data(), hex_.size()}; }

  private:
    Key() = default;
    std::array<char, 2 * k_key_size> hex_{};
};

Status write_block(int fd, std::uint64_t number, std::string_view bytes) {
    const auto place = static_cast<off_t>(number * k_ext4_block);
    const auto written = ::pwrite(fd, bytes.data(), bytes.size(), place);
    if (written != static_cast<ssize_t>(bytes.size()))
        return fail_errno(written < 0 ? errno : EIO, "write block {}", number);
    return {};
}

/// The kernel formats a disk whose first sectors are zero.
Status forget_content(const std::string& disk) {
    RDT_TRY(const auto fd, open_file(disk, O_WRONLY));
    RDT_CHECK(write_block(fd.get(), 0, std::string(k_ext4_block, '\0')));
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", disk);
    return {};
}

/// How much data there is room for, as the superblock says that the kernel has written.
Result<std::uint64_t> read_sectors(const std::string& disk) {
    constexpr std::string_view k_magic("integrt\0", 8);
    constexpr std::size_t k_sectors_place = 16;
    RDT_TRY(const auto fd, open_file(disk, O_RDONLY));
    std::array<char, k_sector> bytes{};
    if (::pread(fd.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return fail_errno(errno, "read {}", disk);
    if (std::string_view(bytes.data(), k_magic.size()) != k_magic)
        return fail(Code::failed_precondition, "{}: the kernel has not formatted it for integrity", disk);
    std::uint64_t sectors = 0;
    std::memcpy(&sectors, bytes.data() + k_sectors_place, sizeof sectors);
    sectors = sectors / k_block_sectors * k_block_sectors;
    if (sectors == 0) return fail(Code::invalid_argument, "{} is too small", disk);
    return sectors;
}

struct Integrity {
    std::string device;
    std::uint64_t sectors = 0;
};

/// Once to have the disk formatted, then with the size that this has left.
Result<Integrity> create_integrity(const std::string& name, const std::string& disk) {
    RDT_CHECK(forget_content(disk));
    const auto table = render_integrity_table(disk);
    RDT_CHECK(create_device({name, "integrity", table, k_block_sectors}));
    RDT_CHECK(remove_device(name));
    Integrity made;
    RDT_TRY(made.sectors, read_sectors(disk));
    RDT_TRY(made.device, create_device({name, "integrity", table, made.sectors}));
    return made;
}

Status make_filesystem_on(const std::string& device) {
    RDT_TRY(const auto fd, open_file(device, O_RDWR));
    std::uint64_t bytes = 0;
    if (::ioctl(fd.get(), BLKGETSIZE64, &bytes) != 0) return fail_errno(errno, "size of {}", device);
    Ext4Identity identity;
    RDT_CHECK(fill_randomly(identity.uuid));
    RDT_CHECK(fill_randomly(identity.hash_seed));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    identity.made_at =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    RDT_TRY(const auto blocks, make_ext4(bytes, identity, k_folder));
    for (const auto& [number, content] : blocks) RDT_CHECK(write_block(fd.get(), number, content));
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "sync {}", device);
    return {};
}

} // namespace

std::string integrity_name(const std::string& name) {
    return name + "-integrity";
}

std::string render_integrity_table(const std::string& device) {
    // Tags are written with the data at once (D): nothing is to outlive a crash of the guest.
    return std::format("{} 0 32 D 1 block_size:{}", device, k_ext4_block);
}

std::string render_crypt_table(const std::string& device, std::string_view key) {
    return std::format("capi:authenc(hmac(sha256),xts(aes))-plain64 {} 0 {} 0 2 integrity:32:aead "
                       "sector_size:{}",
                       key, device, k_ext4_block);
}

Result<std::string> create_sealed_disk(const std::string& name, const std::string& disk) {
    const auto lower = integrity_name(name);
    Unwind undo;
    RDT_TRY(const auto integrity, create_integrity(lower, disk));
    undo.push([&lower] { auto ignored = remove_device(lower); });
    RDT_TRY(const auto key, Key::draw());
    auto table = render_crypt_table(integrity.device, key.text());
    auto device = create_device({name, "crypt", table, integrity.sectors});
    ::explicit_bzero(table.data(), table.size());
    if (!device) return device;
    undo.push([&name] { auto ignored = remove_device(name); });
    RDT_CHECK(make_filesystem_on(*device));
    undo.commit();
    return device;
}

} // namespace redoubt::guest::mount
