// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

namespace redoubt::encoding {

/// Whether all of it is code points in their shortest form, none of them a surrogate. Source: RFC 3629.
[[nodiscard]] bool is_utf8(std::string_view text);

} // namespace redoubt::encoding
