// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>

#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego::cli {

/// What OPA's suite takes for granted and policies never get: test.sleep, which does not sleep here since
/// time stands still during an evaluation. Tier B also signs the tokens it verifies.
[[nodiscard]] std::span<const Builtin> suite_builtins();

} // namespace redoubt::rego::cli
