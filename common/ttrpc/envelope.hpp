// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What request and response frames carry, as plain values; the protobuf form
/// (common/contracts/proto/ttrpc.proto) stays in the source file.

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::ttrpc {

struct RequestEnvelope {
    std::string service;
    std::string method;
    std::string payload;
    std::chrono::nanoseconds timeout{0}; ///< 0: none; negative: passed before the request was sent
    std::vector<std::pair<std::string, std::string>> metadata;
};

[[nodiscard]] std::string render_request(RequestEnvelope request);
/// Errors: invalid_argument when malformed.
[[nodiscard]] Result<RequestEnvelope> parse_request(const std::string& data);

/// `outcome` is the answer's payload or why there is none. The message is cleaned: a peer may refuse what is
/// not UTF-8.
[[nodiscard]] std::string render_response(Result<std::string> outcome);
/// The payload, or the peer's own status as error. Errors besides: data_loss when malformed.
[[nodiscard]] Result<std::string> parse_response(const std::string& data);

} // namespace redoubt::ttrpc
