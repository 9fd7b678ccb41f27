// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/http/request_head.hpp"

#include <format>

namespace redoubt::http {
namespace {

bool has_line_break(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

} // namespace

Result<std::string> render_request_head(std::string_view method, std::string_view target,
                                        const Headers& headers) {
    if (has_line_break(method) || has_line_break(target))
        return fail(Code::invalid_argument, "request line holds a line break");
    std::string out = std::format("{} {} HTTP/1.1\r\n", method, target);
    for (const auto& [name, value] : headers) {
        if (has_line_break(name) || has_line_break(value))
            return fail(Code::invalid_argument, "request header {} holds a line break", name);
        out += std::format("{}: {}\r\n", name, value);
    }
    return out + "\r\n";
}

} // namespace redoubt::http
