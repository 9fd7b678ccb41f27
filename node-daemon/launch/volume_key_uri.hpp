// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::node::launch {

/// Whether a text names a key of a broker's, as guests ask for it: kbs:///repository/type/tag, of letters,
/// digits, '-', '_' and '.'. Errors: invalid_argument.
[[nodiscard]] Status check_volume_key(std::string_view uri);

} // namespace redoubt::node::launch
