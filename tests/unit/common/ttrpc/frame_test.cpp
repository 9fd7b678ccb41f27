// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/ttrpc/frame.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::ttrpc {
namespace {

using namespace std::string_literals;

// 5 bytes of data, stream 3, response, no flags, after PROTOCOL.md's table.
const std::string k_hello = "\x00\x00\x00\x05\x00\x00\x00\x03\x02\x00hello"s;
const Frame k_hello_frame{.stream_id = 3, .type = FrameType::response, .flags = 0, .data = "hello"};

TEST(TtrpcFrame, EncodesHeaderAndData) {
    EXPECT_EQ(encode_frame(k_hello_frame), k_hello);
}

TEST(TtrpcFrame, RefusesToEncodeMoreThanTheLimit) {
    EXPECT_TRUE(encode_frame({.stream_id = 1, .data = std::string(k_data_limit, 'x')}));
    const auto over = encode_frame({.stream_id = 1, .data = std::string(k_data_limit + 1, 'x')});
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, Code::resource_exhausted);
}

TEST(TtrpcFrame, DecodesTheSameHoweverTheBytesAreCut) {
    const std::string empty =
        *encode_frame({.stream_id = 5, .type = FrameType::request, .flags = 1, .data = {}});
    const std::string wire = k_hello + empty + k_hello;
    const std::vector<FrameEvent> expected{
        k_hello_frame, Frame{.stream_id = 5, .type = FrameType::request, .flags = 1, .data = {}},
        k_hello_frame};
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        FrameDecoder decoder;
        auto events = decoder.feed(std::string_view(wire).substr(0, cut));
        for (auto& event : decoder.feed(std::string_view(wire).substr(cut)))
            events.push_back(std::move(event));
        EXPECT_EQ(events, expected) << "cut at " << cut;
        EXPECT_TRUE(decoder.is_between_frames());
    }
}

TEST(TtrpcFrame, ReportsOversizeAtOnceAndGoesOnAfterIt) {
    FrameDecoder decoder;
    const std::string header = "\x00\x40\x00\x01\x00\x00\x00\x07\x01\x00"s; // 4 MiB + 1
    EXPECT_EQ(decoder.feed(header),
              (std::vector<FrameEvent>{
                  OversizeFrame{.stream_id = 7, .type = FrameType::request, .length = k_data_limit + 1}}));
    EXPECT_FALSE(decoder.is_between_frames());
    EXPECT_TRUE(decoder.feed(std::string(k_data_limit, 'x')).empty());
    EXPECT_EQ(decoder.feed("x" + k_hello), std::vector<FrameEvent>{k_hello_frame});
}

TEST(TtrpcFrame, KnowsWhenItStandsInsideAFrame) {
    FrameDecoder decoder;
    EXPECT_TRUE(decoder.is_between_frames());
    EXPECT_TRUE(decoder.feed(k_hello.substr(0, 4)).empty());
    EXPECT_FALSE(decoder.is_between_frames());
    EXPECT_TRUE(decoder.feed(k_hello.substr(4, 8)).empty());
    EXPECT_FALSE(decoder.is_between_frames());
}

} // namespace
} // namespace redoubt::ttrpc
