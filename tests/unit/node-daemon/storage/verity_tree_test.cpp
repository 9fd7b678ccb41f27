// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/storage/verity_tree.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "tests/unit/node-daemon/storage/tar_builder.hpp"
#include "tests/unit/node-daemon/storage/temporary_folder.hpp"

namespace redoubt::node::storage {
namespace {

class VerityTreeOf : public testing::TestWithParam<std::uint64_t> {};

// 1: no tree at all; 128 and 129: the edge of one level; 16385: three levels.
INSTANTIATE_TEST_SUITE_P(Blocks, VerityTreeOf, testing::Values(1, 2, 128, 129, 300, 16385));

TEST_P(VerityTreeOf, IsWhatVeritysetupAccepts) {
    const test::TemporaryFolder folder;
    const auto bytes = GetParam() * k_verity_block;
    const auto path = folder.file("image", test::noise(bytes));
    const auto fd = open_file(path, O_RDWR).value();
    const auto tree = append_verity_tree(fd.get(), bytes, "salt").value();
    EXPECT_EQ(tree.data_blocks, GetParam());
    EXPECT_EQ(tree.size_bytes, std::filesystem::file_size(path));
    const auto command = std::format(
        "veritysetup verify --no-superblock --format=1 --hash=sha256 --data-block-size=4096 "
        "--hash-block-size=4096 --data-blocks={0} --hash-offset={1} --salt={2} {3} {3} {4} 2>&1",
        tree.data_blocks, bytes, encoding::to_hex("salt"), path.native(), encoding::to_hex(tree.root_hash));
    const auto result = test::run(command);
    EXPECT_EQ(result.status, 0) << result.output;
}

TEST(VerityTree, RefusesSizesThatAreNotBlocks) {
    EXPECT_EQ(append_verity_tree(-1, 0, "").error().message,
              "verity: 0 bytes are not a positive multiple of 4096");
    EXPECT_EQ(append_verity_tree(-1, 4097, "").error().message,
              "verity: 4097 bytes are not a positive multiple of 4096");
}

} // namespace
} // namespace redoubt::node::storage
