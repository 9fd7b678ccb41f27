// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/volume_header.hpp"

#include <gtest/gtest.h>

namespace redoubt::guest::mount {
namespace {

VolumeHeader made() {
    return {.state = VolumeState::made,
            .disk_bytes = 64U << 20U,
            .data_sectors = 126'976,
            .salt = std::string(k_volume_salt_size, 's'),
            .superblock = "integrt" + std::string(k_volume_superblock_size - 7, '\1')};
}

VolumeHeader being_made() {
    return {.state = VolumeState::being_made,
            .disk_bytes = 64U << 20U,
            .data_sectors = 0,
            .salt = std::string(k_volume_salt_size, 's'),
            .superblock = std::string(k_volume_superblock_size, '\0')};
}

std::string bytes_of(const VolumeHeader& header) {
    return render_volume_header(header) + std::string(k_volume_seal_size, 'x');
}

Code refusal(const VolumeHeader& header) {
    return parse_volume_header(bytes_of(header)).error().code;
}

TEST(VolumeHeader, IsReadAsItWasWritten) {
    for (const auto& header : {made(), being_made()}) {
        const auto bytes = bytes_of(header);
        ASSERT_EQ(bytes.size(), k_volume_header_size);
        EXPECT_EQ(parse_volume_header(bytes), header);
    }
}

TEST(VolumeHeader, HasItsFieldsWhereTheFormatSays) {
    const auto bytes = bytes_of(made());
    EXPECT_EQ(bytes.substr(0, 8), "RDTVOL\r\n");
    EXPECT_EQ(bytes.substr(8, 16), std::string("\1\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0", 16));
    EXPECT_EQ(bytes.substr(24, 8), std::string("\0\0\0\4\0\0\0\0", 8));
    EXPECT_EQ(bytes.substr(32, 8), std::string("\0\xF0\1\0\0\0\0\0", 8));
    EXPECT_EQ(bytes.substr(40, 32), made().salt);
    EXPECT_EQ(bytes.substr(72, 64), made().superblock);
    EXPECT_EQ(bytes.find_first_not_of('\0', 136), k_volume_header_size - k_volume_seal_size);
}

TEST(VolumeHeader, OtherBytesAreNone) {
    auto bytes = bytes_of(made());
    for (const auto& other : {std::string(), std::string(k_volume_header_size, '\0'), bytes + "x",
                              bytes.substr(1), std::string(k_volume_header_size, 'R')})
        EXPECT_EQ(parse_volume_header(other).error().code, Code::failed_precondition);
}

TEST(VolumeHeader, AnotherVersionOrCipherIsNotTakenForThisOne) {
    for (const std::size_t place : {8U, 11U, 16U, 19U})
        for (const char value : {'\0', '\2', '\xFF'}) {
            auto bytes = bytes_of(made());
            if (bytes[place] == value) continue;
            bytes[place] = value;
            EXPECT_EQ(parse_volume_header(bytes).error().code, Code::unimplemented) << place;
        }
}

TEST(VolumeHeader, RefusesWhatNoneHas) {
    const auto with = [](std::size_t place, char value) {
        auto bytes = bytes_of(made());
        bytes.at(place) = value;
        return parse_volume_header(bytes).error().code;
    };
    for (const std::size_t reserved : {20U, 23U, 136U, 4063U})
        EXPECT_EQ(with(reserved, '\1'), Code::data_loss);
    for (const char state : {'\0', '\3'}) EXPECT_EQ(with(12, state), Code::data_loss);
    auto header = made();
    header.data_sectors = 0;
    EXPECT_EQ(refusal(header), Code::data_loss) << "made, and without data";
    header.data_sectors = 126'977;
    EXPECT_EQ(refusal(header), Code::data_loss) << "half a block";
    header.data_sectors = 129'024;
    EXPECT_EQ(refusal(header), Code::data_loss) << "all that is behind the header, without room for tags";
    header = made();
    header.superblock.assign(k_volume_superblock_size, '\0');
    EXPECT_EQ(refusal(header), Code::data_loss) << "made, and not formatted";
    header = being_made();
    header.data_sectors = 8;
    EXPECT_EQ(refusal(header), Code::data_loss) << "not made, and with data";
    for (const std::uint64_t bytes : {std::uint64_t{0}, k_volume_data_start, std::uint64_t{1} << 45U}) {
        header = being_made();
        header.disk_bytes = bytes;
        EXPECT_EQ(refusal(header), Code::data_loss) << bytes;
    }
}

} // namespace
} // namespace redoubt::guest::mount
