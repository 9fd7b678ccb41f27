// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/initdata/initdata_disk.hpp"

#include <gtest/gtest.h>

#include "common/initdata/gzip.hpp"
#include "common/initdata/initdata.hpp"

namespace redoubt::initdata {
namespace {

constexpr std::string_view k_text = "version = '0.1.0'\nalgorithm = 'sha256'\n";

/// A disk around any stream.
std::string disk_of(std::string_view stream, std::uint64_t size) {
    std::string disk = "initdata";
    for (unsigned shift = 0; shift < 64; shift += 8) disk += static_cast<char>((size >> shift) & 0xFFU);
    return disk.append(stream);
}

TEST(InitdataDisk, GivesBackWhatWasPutOnIt) {
    const auto disk = make_disk(k_text).value();
    EXPECT_EQ(disk.size(), k_sector);
    EXPECT_TRUE(disk.starts_with("initdata"));
    EXPECT_EQ(read_disk(disk).value(), k_text);
    EXPECT_EQ(read_disk(disk + std::string(4096, 'x')).value(), k_text);
    EXPECT_EQ(make_disk(k_text).value(), disk);
}

TEST(InitdataDisk, IsOneOrIsNot) {
    EXPECT_EQ(read_disk_header("EROFS or another").value(), std::nullopt);
    EXPECT_EQ(read_disk_header("initdata").value(), std::nullopt);
    EXPECT_EQ(read_disk("").error().code, Code::not_found);
    EXPECT_EQ(read_disk_header(disk_of("", 5)).value(), 5U);
}

TEST(InitdataDisk, ThatLiesAboutItsLengthIsRefused) {
    const auto stream = compress(k_text).value();
    EXPECT_EQ(read_disk(disk_of(stream, stream.size())).value(), k_text);
    EXPECT_EQ(read_disk(disk_of(stream, stream.size() + 1)).error().code, Code::invalid_argument);
    EXPECT_EQ(read_disk(disk_of(stream, stream.size() - 1)).error().message,
              "initdata disk: gzip: cut short");
    EXPECT_EQ(read_disk(disk_of(stream, 0)).error().code, Code::invalid_argument);
    EXPECT_EQ(read_disk(disk_of(stream, k_max_disk)).error().code, Code::resource_exhausted);
    EXPECT_EQ(read_disk(disk_of(stream, ~std::uint64_t{0})).error().code, Code::resource_exhausted);
}

TEST(InitdataDisk, ThatIsDamagedIsRefused) {
    auto stream = compress(k_text).value();
    stream[stream.size() / 2] = static_cast<char>(stream[stream.size() / 2] ^ 1);
    EXPECT_EQ(read_disk(disk_of(stream, stream.size())).error().code, Code::invalid_argument);
    const auto followed = compress(k_text).value() + "more";
    EXPECT_EQ(read_disk(disk_of(followed, followed.size())).error().message,
              "initdata disk: gzip: 4 foreign bytes behind it");
}

TEST(InitdataDisk, OfAGzipBombIsRefusedAtItsLimit) {
    const auto bomb = compress(std::string(64U << 20U, '\0')).value();
    EXPECT_EQ(read_disk(disk_of(bomb, bomb.size())).error().message,
              "initdata disk: gzip: holds more than 1048576 bytes");
    const auto just_enough = compress(std::string(k_max_toml, '#')).value();
    EXPECT_EQ(read_disk(disk_of(just_enough, just_enough.size())).value().size(), k_max_toml);
}

TEST(Initdata, IsReadInWhicheverFormItIsDelivered) {
    EXPECT_EQ(read_delivered(make_disk(k_text).value()).value(), k_text);
    EXPECT_EQ(read_delivered(make_annotation(k_text).value()).value(), k_text);
    EXPECT_EQ(read_delivered(std::string(k_text)).value(), k_text);
    auto damaged = make_disk(k_text).value();
    damaged.resize(k_disk_magic.size() + 8 + 4);
    EXPECT_EQ(read_delivered(damaged).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::initdata
