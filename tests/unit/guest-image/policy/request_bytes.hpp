// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "guest-image/policy/message_table.hpp"

namespace redoubt::test {

/// The way back: a recorded request as the bytes of its message. Members no message has go to `unknown`.
[[nodiscard]] std::string request_bytes(const guest::policy::Message& message,
                                        const boost::json::object& request,
                                        std::vector<std::string>& unknown);

/// A field of bytes: number, length, bytes.
[[nodiscard]] std::string bytes_field(std::uint32_t number, std::string_view bytes);
/// A field of a number.
[[nodiscard]] std::string number_field(std::uint32_t number, std::uint64_t value);

} // namespace redoubt::test
