// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/request_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace redoubt::http {
namespace {

TEST(RequestHead, HasItsFieldsInTheirOrderAndAnEmptyLine) {
    EXPECT_EQ(render_request_head("GET", "/a?b", {{"Host", "x:1"}, {"A", ""}}).value(),
              "GET /a?b HTTP/1.1\r\nHost: x:1\r\nA: \r\n\r\n");
    EXPECT_EQ(render_request_head("CONNECT", "x:1", {}).value(), "CONNECT x:1 HTTP/1.1\r\n\r\n");
}

TEST(RequestHead, RefusesWhatWouldBreakOutOfItsLine) {
    for (const auto& evil : {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3)}) {
        EXPECT_EQ(render_request_head("GET", evil, {}).error().code, Code::invalid_argument);
        EXPECT_EQ(render_request_head(evil, "/", {}).error().code, Code::invalid_argument);
        EXPECT_EQ(render_request_head("GET", "/", {{"A", evil}}).error().code, Code::invalid_argument);
        EXPECT_EQ(render_request_head("GET", "/", {{evil, "a"}}).error().code, Code::invalid_argument);
    }
}

} // namespace
} // namespace redoubt::http
