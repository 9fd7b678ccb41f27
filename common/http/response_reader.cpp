// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/response_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace redoubt::http {

namespace beast = boost::beast;
using ErrorCode = boost::system::error_code;

// No chunked body ends with less, so waiting for so much stalls none; Beast 1.83 asserts that it gets so much
// of a body whose first chunk is its last.
constexpr std::string_view k_chunked_end = "0\r\n\r\n";

/// Collects what Beast's parser sees. A failure of ours travels through Beast as `refused` and is kept in
/// `failure`.
class ResponseReader::Parser final : public beast::http::basic_parser</*isRequest=*/false> {
  public:
    Parser(const ReadLimits& limits, const BodySink& sink, Body body)
        : limit_(limits.body_bytes), sink_(sink) {
        header_limit(limits.header_bytes);
        body_limit(boost::none); // ours counts only what is kept
        eager(true);
        skip(body == Body::none);
    }

    Response response;
    Status failure;

  private:
    using Text = beast::string_view;

    void on_request_impl(beast::http::verb, Text, Text, int, ErrorCode&) override {}
    void on_response_impl(int code, Text, int, ErrorCode&) override {
        response.status = static_cast<unsigned>(code);
    }
    void on_field_impl(beast::http::field, Text name, Text value, ErrorCode&) override {
        response.headers.add(std::string(name), std::string(value));
    }
    void on_header_impl(ErrorCode& error) override {
        is_streaming_ = response.is_success() && sink_.write;
        if (is_streaming_ && sink_.begin) keep(sink_.begin(response), error);
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(Text bytes, ErrorCode& error) override {
        take_body({bytes.data(), bytes.size()}, error);
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, ErrorCode& error) override {
        take_body({bytes.data(), bytes.size()}, error);
        return bytes.size();
    }
    void on_finish_impl(ErrorCode&) override {}

    void take_body(std::string_view bytes, ErrorCode& error) {
        if (is_streaming_) {
            keep(sink_.write(bytes), error);
        } else if (response.body.size() + bytes.size() > limit_) {
            keep(fail(Code::resource_exhausted, "answer of more than {} bytes", limit_), error);
        } else {
            response.body += bytes;
        }
    }

    void keep(Status status, ErrorCode& error) {
        if (status) return;
        failure = std::move(status);
        error = boost::system::errc::make_error_code(boost::system::errc::operation_canceled);
    }

    std::uint64_t limit_;
    const BodySink& sink_;
    bool is_streaming_ = false;
};

ResponseReader::ResponseReader(ReadLimits limits, BodySink sink, Body body)
    : limits_(limits), sink_(std::move(sink)), body_(body) {
    restart();
}
ResponseReader::~ResponseReader() = default;

void ResponseReader::restart() {
    parser_ = std::make_unique<Parser>(limits_, sink_, body_);
}

Status ResponseReader::feed(std::string_view bytes) {
    pending_ += bytes;
    while (!pending_.empty() && !is_done()) {
        if (has_head() && parser_->chunked() && pending_.size() < k_chunked_end.size()) return {};
        ErrorCode error;
        const auto used = parser_->put(boost::asio::buffer(pending_), error);
        pending_.erase(0, used);
        if (!parser_->failure) return parser_->failure;
        if (error == beast::http::error::need_more) return {};
        if (error == beast::http::error::header_limit)
            return fail(Code::resource_exhausted, "answer with a header of more than {} bytes",
                        limits_.header_bytes);
        if (error) return fail(Code::invalid_argument, "answer is not HTTP: {}", error.message());
        const bool is_interim = parser_->is_done() && parser_->response.status < 200;
        if (is_interim)
            restart();
        else if (used == 0)
            return {};
    }
    return {};
}

Status ResponseReader::feed_end() {
    if (is_done()) return {};
    if (!parser_->got_some()) return fail(Code::unavailable, "connection closed without an answer");
    ErrorCode error;
    parser_->put_eof(error);
    if (error || !is_done()) return fail(Code::unavailable, "connection closed in the middle of the answer");
    return {};
}

bool ResponseReader::is_done() const {
    return parser_->is_done();
}
bool ResponseReader::has_head() const {
    return parser_->is_header_done();
}
bool ResponseReader::is_ended_by_close() const {
    return parser_->is_header_done() && parser_->need_eof();
}
Response ResponseReader::take() {
    return std::move(parser_->response);
}

} // namespace redoubt::http
