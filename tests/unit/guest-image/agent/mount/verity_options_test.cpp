// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/verity_options.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace redoubt::guest::mount {
namespace {

const std::string k_hash(64, 'a');

/// A superblock as veritysetup writes it.
std::string superblock(std::uint32_t block = 4096, std::uint64_t blocks = 25,
                       const std::string& salt = "\x01\xff") {
    std::string bytes(k_verity_superblock_size, '\0');
    const auto put = [&](std::size_t place, const void* from, std::size_t size) {
        std::memcpy(bytes.data() + place, from, size);
    };
    const std::uint32_t one = 1;
    const auto salt_size = static_cast<std::uint16_t>(salt.size());
    put(0, "verity", 6);
    put(8, &one, 4);
    put(12, &one, 4);
    put(32, "sha256", 6);
    put(64, &block, 4);
    put(68, &block, 4);
    put(72, &blocks, 8);
    put(80, &salt_size, 2);
    put(88, salt.data(), salt.size());
    return bytes;
}

std::vector<std::string> katas(const std::string& offset) {
    return {"ro", "X-kata.dmverity-enabled=true", "X-kata.dmverity.roothash=" + k_hash,
            "X-kata.dmverity.hashoffset=" + offset};
}

TEST(VeritySuperblock, TellsSizesAndSalt) {
    const auto parsed = parse_verity_superblock(superblock());
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_EQ((*parsed)->data_block_size, 4096U);
    EXPECT_EQ((*parsed)->data_blocks, 25U);
    EXPECT_EQ((*parsed)->salt, "01ff");
}

TEST(VeritySuperblock, IsNoneWithoutItsMark) {
    EXPECT_FALSE(parse_verity_superblock("").value());
    EXPECT_FALSE(parse_verity_superblock(std::string(512, 'v')).value());
    EXPECT_FALSE(parse_verity_superblock(superblock().substr(0, 511)).value());
}

TEST(VeritySuperblock, IsRefusedWhenItIsAnotherKind) {
    auto other = superblock();
    other[8] = 2;
    EXPECT_FALSE(parse_verity_superblock(other));
    other = superblock();
    other.replace(32, 6, "sha512");
    EXPECT_FALSE(parse_verity_superblock(other));
    other = superblock();
    other[81] = 1; // a salt of 258 bytes
    EXPECT_FALSE(parse_verity_superblock(other));
}

TEST(VerityOptions, OursAreComplete) {
    std::vector<std::string> driver{"verity_root_hash=" + k_hash, "verity_salt=00", "verity_data_blocks=7"};
    std::vector<std::string> options{"ro"};
    const auto request = take_verity(driver, options);
    ASSERT_TRUE(request && *request);
    EXPECT_TRUE(driver.empty());
    const auto target = complete_verity(**request, "/dev/sda", std::nullopt);
    ASSERT_TRUE(target);
    EXPECT_EQ(render_verity_table(*target), "1 /dev/sda /dev/sda 4096 4096 7 7 sha256 " + k_hash + " 00");
}

TEST(VerityOptions, KatasTakeTheRestFromTheSuperblock) {
    std::vector<std::string> driver;
    auto options = katas("102400");
    const auto request = take_verity(driver, options);
    ASSERT_TRUE(request && *request) << request.error().message;
    EXPECT_EQ(options, std::vector<std::string>{"ro"});
    const auto target = complete_verity(**request, "/dev/vda", *parse_verity_superblock(superblock()));
    ASSERT_TRUE(target) << target.error().message;
    EXPECT_EQ(render_verity_table(*target), "1 /dev/vda /dev/vda 4096 4096 25 26 sha256 " + k_hash + " 01ff");
    const auto bare = complete_verity(**request, "/dev/vda", std::nullopt);
    ASSERT_TRUE(bare);
    EXPECT_EQ(render_verity_table(*bare), "1 /dev/vda /dev/vda 4096 4096 25 25 sha256 " + k_hash + " -");
}

TEST(VerityOptions, ContradictionsAreRefused) {
    const auto code = [](const std::string& word, const std::string& offset = "102400") {
        std::vector<std::string> driver;
        auto options = katas(offset);
        options.push_back(word);
        const auto request = take_verity(driver, options);
        if (!request) return request.error().code;
        const auto target = complete_verity(**request, "/dev/vda", *parse_verity_superblock(superblock()));
        return target ? Code::unknown : target.error().code;
    };
    EXPECT_EQ(code("noatime"), Code::unknown);
    EXPECT_EQ(code("X-kata.dmverity.salt=02"), Code::invalid_argument);
    EXPECT_EQ(code("X-kata.dmverity.blocksize=512"), Code::invalid_argument);
    EXPECT_EQ(code("X-kata.dmverity.datablocks=24"), Code::invalid_argument);
    EXPECT_EQ(code("X-kata.dmverity.blocksize=x"), Code::invalid_argument);
    EXPECT_EQ(code("X-kata.dmverity.algorithm=sha1"), Code::unimplemented);
    EXPECT_EQ(code("noatime", "102401"), Code::invalid_argument);
    EXPECT_EQ(code("X-kata.dmverity.roothash=" + k_hash), Code::invalid_argument) << "given twice";
}

TEST(VerityOptions, ASuperblockOfNoSizeIsNoDivisor) {
    VerityRequest request{.root_hash = k_hash, .hash_offset = 4096};
    EXPECT_FALSE(complete_verity(request, "/dev/vda", *parse_verity_superblock(superblock(0))));
    EXPECT_FALSE(complete_verity(request, "/dev/vda", *parse_verity_superblock(superblock(3))));
}

} // namespace
} // namespace redoubt::guest::mount
