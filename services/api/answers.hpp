// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Answers of the HTTP face in the forms that clients of the protocol read.

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/server.hpp"
#include "services/key_broker/refusal.hpp"

namespace redoubt::services::api {

[[nodiscard]] http::ServerResponse reply(unsigned status, std::string_view type, std::string body);
[[nodiscard]] http::ServerResponse reply_json(const boost::json::value& value);
/// {"type": ".../errors/<variant>", "detail": ...}, and "approval" of a change that waits.
[[nodiscard]] http::ServerResponse problem(const key_broker::Refusal& refusal);

/// The answer to a change: nothing to say. The type is what clients of the protocol are used to.
[[nodiscard]] http::ServerResponse done(const key_broker::Answer<void>& answer);
[[nodiscard]] http::ServerResponse shown(const key_broker::Answer<boost::json::value>& answer);

/// Names and values behind '?', decoded. Limits: 32.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> query_of(const http::ServerRequest& request);

} // namespace redoubt::services::api
