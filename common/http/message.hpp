// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::http {

struct Header {
    std::string name;
    std::string value;
};

/// Header fields in the order of the wire; names compare without regard to case.
class Headers {
  public:
    Headers() = default;
    Headers(std::initializer_list<Header> fields) : fields_(fields) {}

    void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
    void remove(std::string_view name);
    /// The first field of that name.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    /// Every field of that name.
    [[nodiscard]] std::vector<std::string> find_all(std::string_view name) const;
    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

  private:
    std::vector<Header> fields_;
};

struct Request {
    std::string method = "GET";
    std::string url;
    Headers headers; ///< Host, Content-Length, Connection and User-Agent are set by the client
    std::string body;
};

struct Response {
    unsigned status = 0;
    Headers headers;
    std::string body; ///< empty when it went to a sink
    std::string url;  ///< where the answer came from, after redirects

    [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

/// Takes the body of a successful (2xx) answer piece by piece. A failure ends the transfer and becomes its
/// error. `begin` sees status and headers first; it may be empty.
struct BodySink {
    std::function<Status(const Response& head)> begin;
    std::function<Status(std::string_view bytes)> write;
};

/// Compares without regard to case, ASCII only.
[[nodiscard]] bool is_equal_ignoring_case(std::string_view left, std::string_view right);

} // namespace redoubt::http
