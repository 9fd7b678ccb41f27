// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "node-daemon/bus/connection.hpp"

namespace redoubt::node::bus {

/// Reads the a{sv} that ends each method's arguments: booleans by name. What it may hold can grow, but a
/// caller is never led to believe that an option of another version had its effect.
/// Errors: invalid_argument an unknown name or another type.
Status read_options(sd_bus_message* call, std::initializer_list<std::pair<std::string_view, bool*>> known);

/// For methods that have no option yet.
inline Status refuse_options(sd_bus_message* call) {
    return read_options(call, {});
}

} // namespace redoubt::node::bus
