// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a registry says when it wants to know who is asking, and how to answer. No I/O.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "node-daemon/image/image_source.hpp"

namespace redoubt::node::image {

/// One challenge of a WWW-Authenticate header.
struct Challenge {
    std::string scheme;                            ///< lower case: "bearer", "basic"
    std::map<std::string, std::string> parameters; ///< names lower case: realm, service, scope, error
};

/// Every challenge in one header value; what cannot be read is left out.
/// Source: RFC 9110, 11.6.1.
[[nodiscard]] std::vector<Challenge> parse_challenges(std::string_view header);

/// The challenge we can answer: Bearer before Basic. Nothing when there is neither.
[[nodiscard]] std::optional<Challenge> choose_challenge(const std::vector<std::string>& headers);

/// "Basic <base64>".
[[nodiscard]] std::string basic_authorization(const Credentials& credentials);

/// Where a token for pulling `repository` is asked for; an empty one: for nothing but to say who one is.
/// Errors: invalid_argument no realm, or none that is a URL. Source: docker distribution, token
/// authentication specification.
[[nodiscard]] Result<std::string> token_url(const Challenge& challenge, std::string_view repository);

/// The token in a token server's answer. Errors: invalid_argument.
[[nodiscard]] Result<std::string> parse_token(std::string_view json);

} // namespace redoubt::node::image
