// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/response_reader.hpp"

#include <gtest/gtest.h>

namespace redoubt::http {
namespace {

constexpr std::string_view k_chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";

ResponseReader::Body expect_body() {
    return ResponseReader::Body::expected;
}

TEST(ResponseReader, ReadsAnAnswerInPiecesOfAnySize) {
    const std::string text = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        ResponseReader reader({}, {}, expect_body());
        for (std::size_t at = 0; at < text.size(); at += size)
            ASSERT_TRUE(reader.feed(text.substr(at, size)));
        ASSERT_TRUE(reader.is_done()) << size;
        const auto response = reader.take();
        EXPECT_EQ(response.status, 404U);
        EXPECT_EQ(response.headers.find("x-a"), "b");
        EXPECT_EQ(response.body, "hello");
    }
}

TEST(ResponseReader, TakesChunksApart) {
    ResponseReader reader({}, {}, expect_body());
    for (const char c : k_chunked) ASSERT_TRUE(reader.feed({&c, 1}));
    ASSERT_TRUE(reader.is_done());
    EXPECT_EQ(reader.take().body, "hello world");
}

TEST(ResponseReader, TakesAnEmptyChunkedBodyByteByByte) {
    ResponseReader reader({}, {}, expect_body());
    for (const char c :
         std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n"))
        ASSERT_TRUE(reader.feed({&c, 1}));
    ASSERT_TRUE(reader.is_done());
    EXPECT_EQ(reader.take().body, "");
}

TEST(ResponseReader, StreamsASuccessAndKeepsAFailure) {
    std::string seen;
    BodySink sink;
    sink.write = [&seen](std::string_view bytes) -> Status {
        seen += bytes;
        return {};
    };
    ResponseReader good({}, sink, expect_body());
    ASSERT_TRUE(good.feed(k_chunked));
    EXPECT_EQ(seen, "hello world");
    EXPECT_EQ(good.take().body, "");
    ResponseReader bad({}, sink, expect_body());
    ASSERT_TRUE(bad.feed("HTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\nwhy"));
    EXPECT_EQ(bad.take().body, "why");
    EXPECT_EQ(seen, "hello world");
}

TEST(ResponseReader, PassesOnWhatTheSinkRefuses) {
    BodySink sink;
    sink.write = [](std::string_view) -> Status { return fail(Code::data_loss, "too much"); };
    ResponseReader reader({}, sink, expect_body());
    EXPECT_EQ(reader.feed(k_chunked).error(), (Error{Code::data_loss, "too much"}));
}

TEST(ResponseReader, SkipsInterimAnswers) {
    ResponseReader reader({}, {}, expect_body());
    ASSERT_TRUE(reader.feed("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"));
    ASSERT_TRUE(reader.is_done());
    EXPECT_EQ(reader.take().status, 204U);
}

TEST(ResponseReader, ReadsUntilTheEndWithoutALength) {
    ResponseReader reader({}, {}, expect_body());
    ASSERT_TRUE(reader.feed("HTTP/1.0 200 OK\r\n\r\nall of it"));
    EXPECT_TRUE(reader.is_ended_by_close());
    EXPECT_FALSE(reader.is_done());
    ASSERT_TRUE(reader.feed_end());
    EXPECT_EQ(reader.take().body, "all of it");
}

TEST(ResponseReader, TellsACutAnswer) {
    ResponseReader reader({}, {}, expect_body());
    ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"));
    EXPECT_EQ(reader.feed_end().error().code, Code::unavailable);
    ResponseReader silent({}, {}, expect_body());
    EXPECT_EQ(silent.feed_end().error().message, "connection closed without an answer");
}

TEST(ResponseReader, RefusesMoreThanItsLimits) {
    ReadLimits limits;
    limits.header_bytes = 256;
    limits.body_bytes = 8;
    ResponseReader header(limits, {}, expect_body());
    EXPECT_EQ(header.feed("HTTP/1.1 200 OK\r\nX: " + std::string(1000, 'x')).error().code,
              Code::resource_exhausted);
    ResponseReader body(limits, {}, expect_body());
    EXPECT_EQ(body.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789").error().code,
              Code::resource_exhausted);
}

TEST(ResponseReader, RefusesWhatIsNotHttp) {
    for (const char* text :
         {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        ResponseReader reader({}, {}, expect_body());
        const auto fed = reader.feed(text);
        ASSERT_FALSE(fed) << text;
        EXPECT_EQ(fed.error().code, Code::invalid_argument) << text;
    }
}

TEST(ResponseReader, ExpectsNoBodyAfterHead) {
    ResponseReader reader({}, {}, ResponseReader::Body::none);
    ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"));
    EXPECT_TRUE(reader.is_done());
}

} // namespace
} // namespace redoubt::http
