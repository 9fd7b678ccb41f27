// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A request of the agent's API, from the bytes it came in, as the JSON document a policy decides on: every
/// field of the message, as Kata's agent forms it. docs/formats/policy.md

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::policy {

/// `message`: "CreateContainerRequest". `payload`: protobuf. Strict, as what is decided on has to be what is
/// done: errors are invalid_argument for a field that is not known, given twice or of another wire type,
/// text that is not UTF-8, a number that its type does not hold, bytes that end too early; resource_exhausted
/// for messages nested too deep; not_found for a message that is no request.
[[nodiscard]] Result<std::string> request_json(std::string_view message, std::string_view payload);

} // namespace redoubt::guest::policy
