// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/relay/frame.hpp"

#include <gtest/gtest.h>

#include "common/encoding/hex.hpp"

namespace redoubt::relay {
namespace {

std::string bytes_of(std::string_view hex) {
    return encoding::from_hex(hex).value_or("not hex");
}

std::string error_of(std::string_view hex) {
    FrameReader reader;
    const auto frames = reader.feed(bytes_of(hex));
    return frames ? "no error" : frames.error().message;
}

TEST(RelayFrame, HasTheBytesOfItsFormat) {
    EXPECT_EQ(encode({.type = FrameType::open, .stream = 1, .payload = {}}), bytes_of("0100010000000000"));
    EXPECT_EQ(encode({.type = FrameType::opened, .stream = 0x1234, .payload = {}}),
              bytes_of("0200341200000000"));
    EXPECT_EQ(encode_data(7, "abc"), bytes_of("0300070003000000616263"));
    EXPECT_EQ(encode_close(7, "no"), bytes_of("04000700020000006e6f"));
    EXPECT_EQ(encode_close(7), bytes_of("0400070000000000"));
}

TEST(RelayFrame, IsReadFromWhateverPiecesArrive) {
    const auto wire = encode({.type = FrameType::open, .stream = 5, .payload = {}}) +
                      encode_data(5, "hello") + encode_close(5, "done");
    const std::vector<Frame> wanted{
        {FrameType::open, 5, ""}, {FrameType::data, 5, "hello"}, {FrameType::close, 5, "done"}};
    FrameReader whole;
    EXPECT_EQ(whole.feed(wire).value(), wanted);
    FrameReader bytewise;
    std::vector<Frame> got;
    for (const char byte : wire)
        for (auto& frame : bytewise.feed({&byte, 1}).value()) got.push_back(std::move(frame));
    EXPECT_EQ(got, wanted);
}

TEST(RelayFrame, CarriesLongDataInSeveral) {
    const std::string data(k_max_payload * 2 + 1, 'x');
    FrameReader reader;
    const auto frames = reader.feed(encode_data(9, data)).value();
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[0].payload.size(), k_max_payload);
    EXPECT_EQ(frames[2].payload, "x");
    EXPECT_TRUE(encode_data(9, "").empty());
}

TEST(RelayFrame, ThatIsMalformedIsRefusedByItsHeader) {
    EXPECT_EQ(error_of("0000010000000000"), "relay frame: type 0 is not known");
    EXPECT_EQ(error_of("0500010000000000"), "relay frame: type 5 is not known");
    EXPECT_EQ(error_of("0101010000000000"), "relay frame: flags 0x01 are not known");
    EXPECT_EQ(error_of("0100000000000000"), "relay frame: stream 0");
    EXPECT_EQ(error_of("0100010001000000"), "relay frame: 1 bytes behind an OPEN");
    EXPECT_EQ(error_of("0200010001000000"), "relay frame: 1 bytes behind an OPENED");
    EXPECT_EQ(error_of("0300010000000000"), "relay frame: 0 bytes of data are not within 1 and 32768");
    EXPECT_EQ(error_of("0300010001800000"), "relay frame: 32769 bytes of data are not within 1 and 32768");
    EXPECT_EQ(error_of("03000100ffffffff"),
              "relay frame: 4294967295 bytes of data are not within 1 and 32768");
    EXPECT_EQ(error_of("0400010001040000"), "relay frame: a reason of 1025 bytes, the most is 1024");
}

TEST(RelayFrame, LeavesNothingToBelieveAfterAMalformedOne) {
    FrameReader reader;
    EXPECT_FALSE(reader.feed(bytes_of("0000010000000000")));
    EXPECT_FALSE(reader.feed(encode_close(1)));
}

TEST(RelayFrame, CutsAReasonThatIsTooLong) {
    FrameReader reader;
    const auto frames = reader.feed(encode_close(3, std::string(5000, 'w'))).value();
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].payload.size(), k_max_reason);
}

} // namespace
} // namespace redoubt::relay
