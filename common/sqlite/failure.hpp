// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string_view>

#include "common/base/error.hpp"

struct sqlite3;

namespace redoubt::sqlite {

/// The last failure of `database` as an Error: already_exists for a broken uniqueness rule,
/// failed_precondition for other constraints, resource_exhausted disk full, unavailable locked by another
/// process, data_loss not a database or damaged.
[[nodiscard]] std::unexpected<Error> fail_sqlite(sqlite3* database, std::string_view what);

} // namespace redoubt::sqlite
