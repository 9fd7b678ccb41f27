// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/ext4_layout.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "common/base/file.hpp"
#include "guest-image/agent/mount/integrity_disk.hpp"

namespace redoubt::guest::mount {
namespace {

constexpr std::uint64_t k_mebibyte = 1U << 20U;

Ext4Identity identity() {
    Ext4Identity out;
    out.uuid.fill('u');
    out.hash_seed.fill('h');
    out.made_at = 1'767'168'000;
    return out;
}

/// The exit status of a program.
int run(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), nullptr) != 0) return -1;
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A sparse file of that size with the filesystem on it, and 0xFF where nothing is written, if asked for.
std::filesystem::path write_disk(std::uint64_t size, Ext4Journal journal) {
    auto path = std::filesystem::path(testing::TempDir()) / "redoubt-ext4";
    std::filesystem::remove(path);
    const auto blocks = make_ext4(size, identity(), "_data", journal);
    EXPECT_TRUE(blocks) << blocks.error().message;
    const auto fd = open_file(path, O_RDWR | O_CREAT, 0600);
    EXPECT_EQ(::ftruncate(fd->get(), static_cast<off_t>(size)), 0);
    for (const auto& [number, content] : *blocks) {
        EXPECT_EQ(content.size(), k_ext4_block);
        EXPECT_EQ(
            ::pwrite(fd->get(), content.data(), content.size(), static_cast<off_t>(number * k_ext4_block)),
            static_cast<ssize_t>(content.size()));
    }
    return path;
}

TEST(Ext4Layout, IsSoundAtEverySize) {
    if (!std::filesystem::exists("/usr/sbin/e2fsck")) GTEST_SKIP() << "e2fsprogs is not installed";
    // One group; a second that is too small; two; with copies of the superblock; many groups.
    for (const std::uint64_t size : {16 * k_mebibyte, 129 * k_mebibyte, 200 * k_mebibyte, 1024 * k_mebibyte,
                                     10'240 * k_mebibyte, 2048 * 1024 * k_mebibyte}) {
        for (const auto journal : {Ext4Journal::none, Ext4Journal::kept}) {
            const auto disk = write_disk(size, journal);
            EXPECT_EQ(run({"/usr/sbin/e2fsck", "-fn", disk.native()}), 0) << size;
            std::filesystem::remove(disk);
        }
    }
}

TEST(Ext4Layout, RefusesDisksThatAreTooSmallOrTooLarge) {
    for (const std::uint64_t size : {std::uint64_t{0}, k_mebibyte / 2, std::uint64_t{1} << 45U})
        EXPECT_EQ(make_ext4(size, identity(), "_data").error().code, Code::invalid_argument) << size;
}

TEST(Ext4Layout, AJournalIsWrittenWhole) {
    // A block that was never written cannot be read of an encrypted disk: its tag is none.
    const auto size = 64 * k_mebibyte;
    const auto without = make_ext4(size, identity(), "_data").value();
    const auto with = make_ext4(size, identity(), "_data", Ext4Journal::kept).value();
    EXPECT_EQ(with.size(), without.size() + 1024);
    EXPECT_EQ(make_ext4(4 * k_mebibyte, identity(), "_data", Ext4Journal::kept).error().code,
              Code::invalid_argument);
}

TEST(IntegrityDisk, ItsTablesAreTheKernels) {
    EXPECT_EQ(render_integrity_table({.device = "/dev/sda"}), "/dev/sda 0 32 D 1 block_size:4096");
    EXPECT_EQ(render_integrity_table(
                  {.device = "/dev/sda", .start_bytes = 1U << 20U, .writes = TagWrites::journal}),
              "/dev/sda 2048 32 J 1 block_size:4096");
    EXPECT_EQ(render_crypt_table("/dev/dm-0", "00ff"),
              "capi:authenc(hmac(sha256),xts(aes))-plain64 00ff 0 /dev/dm-0 0 2 integrity:32:aead "
              "sector_size:4096");
}

} // namespace
} // namespace redoubt::guest::mount
