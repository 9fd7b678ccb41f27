// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::encoding {

/// Lower-case hex.
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Accepts both cases. Errors: invalid_argument naming the offset of what is wrong.
[[nodiscard]] Result<std::string> from_hex(std::string_view text);

} // namespace redoubt::encoding
