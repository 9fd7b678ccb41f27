// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::initdata {

/// One gzip member; the same bytes give the same result, as no time and no name are in it.
/// Errors: resource_exhausted no memory. Source: RFC 1952.
[[nodiscard]] Result<std::string> compress(std::string_view bytes);

/// What one gzip member holds, nothing behind it. Errors: invalid_argument damaged, cut short or with bytes
/// behind it; resource_exhausted it holds more than `limit` bytes, of which no more than that were made.
[[nodiscard]] Result<std::string> decompress(std::string_view bytes, std::size_t limit);

} // namespace redoubt::initdata
