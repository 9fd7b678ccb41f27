// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/base/little_endian.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <tuple>

namespace redoubt {
namespace {

TEST(LittleEndian, TheLeastByteComesFirst) {
    std::string bytes(4, 'x');
    put_little_endian(bytes, 1, std::uint16_t{0x8001});
    EXPECT_EQ(bytes, "x\x01\x80x");
    append_little_endian(bytes, std::uint32_t{0x04030201});
    EXPECT_EQ(bytes, "x\x01\x80x\x01\x02\x03\x04");
    EXPECT_EQ(little_endian_at<std::uint16_t>(bytes, 1), 0x8001);
    EXPECT_EQ(little_endian_at<std::uint32_t>(bytes, 4), 0x04030201U);
}

TEST(LittleEndian, NothingIsReadOrWrittenBeyondTheEnd) {
    std::string bytes(7, 'x');
    EXPECT_THROW(std::ignore = little_endian_at<std::uint64_t>(bytes, 0), std::out_of_range);
    EXPECT_THROW(put_little_endian(bytes, 4, std::uint32_t{1}), std::out_of_range);
}

} // namespace
} // namespace redoubt
