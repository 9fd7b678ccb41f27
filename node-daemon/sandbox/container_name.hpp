// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/base/error.hpp"

namespace redoubt::node::sandbox {

/// Errors: invalid_argument unless it is a letter or digit, then letters, digits, '_', '.', '-', at most 128
/// in all.
Status validate_container_name(const std::string& name);

/// A name people can say, "calm_heron": one of some thousands.
[[nodiscard]] std::string random_container_name();

} // namespace redoubt::node::sandbox
