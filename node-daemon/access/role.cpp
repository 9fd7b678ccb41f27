// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/access/role.hpp"

namespace redoubt::node::access {

std::string_view name_of(Role role) {
    return role == Role::admin ? "admin" : "viewer";
}

Result<Role> parse_role(std::string_view name) {
    for (const auto role : {Role::viewer, Role::admin})
        if (name == name_of(role)) return role;
    return fail(Code::invalid_argument, "'{}' is no role: viewer or admin", name);
}

} // namespace redoubt::node::access
