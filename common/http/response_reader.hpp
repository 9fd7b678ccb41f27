// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "common/http/message.hpp"

namespace redoubt::http {

struct ReadLimits {
    std::uint32_t header_bytes = 64U << 10U;
    std::uint64_t body_bytes = 4U << 20U; ///< of a body that is kept in memory
};

/// One HTTP/1.1 answer as it comes off the wire, without any I/O. 1xx answers are skipped.
class ResponseReader {
  public:
    enum class Body { expected, none };

    /// `body`: none for the answer to a HEAD request or a CONNECT.
    ResponseReader(ReadLimits limits, BodySink sink, Body body);
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;
    ResponseReader(ResponseReader&&) = delete;
    ResponseReader& operator=(ResponseReader&&) = delete;
    ~ResponseReader();

    /// Takes bytes received. Errors: invalid_argument what is wrong in the answer; resource_exhausted a
    /// limit; what the sink said.
    Status feed(std::string_view bytes);
    /// Takes the end of the connection. Errors: unavailable when the answer was not complete.
    Status feed_end();

    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool has_head() const;
    /// True when only the end of the connection ends the body.
    [[nodiscard]] bool is_ended_by_close() const;
    /// The answer; complete once is_done().
    [[nodiscard]] Response take();

  private:
    class Parser;
    void restart();

    ReadLimits limits_;
    BodySink sink_;
    Body body_;
    std::unique_ptr<Parser> parser_;
    std::string pending_;
};

} // namespace redoubt::http
