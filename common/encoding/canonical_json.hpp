// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/value.hpp>

#include <string>

#include "common/base/error.hpp"

namespace redoubt::json {

/// The one form of a JSON value that is hashed and signed: members sorted by UTF-16 code units, no white
/// space, numbers as ECMAScript writes them. Whole numbers beyond 2^53 are refused, since readers would
/// disagree about them. Errors: invalid_argument. Source: RFC 8785.
[[nodiscard]] Result<std::string> canonical(const boost::json::value& value);

} // namespace redoubt::json
