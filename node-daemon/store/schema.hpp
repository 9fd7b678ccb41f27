// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <span>
#include <string_view>

namespace redoubt::node::store {

/// The state database's schema as ordered migrations; never edit one that was released, add another.
/// Golden text: tests/golden/state-database.sql.
[[nodiscard]] std::span<const std::string_view> schema_migrations();

} // namespace redoubt::node::store
