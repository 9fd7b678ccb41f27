// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/crypto/digest.hpp"

namespace redoubt::node::access {

enum class Role : std::uint8_t {
    viewer, ///< sees, and changes nothing
    admin,
};
/// "viewer" or "admin": in the database, the audit log and on the command line.
[[nodiscard]] std::string_view name_of(Role role);
/// Errors: invalid_argument.
[[nodiscard]] Result<Role> parse_role(std::string_view name);

/// What a call takes.
enum class Need : std::uint8_t {
    nothing, ///< a certificate, which need not be known: pairing
    viewer,
    admin,
    local, ///< the unix socket: from outside nobody may
};

/// A client's certificate that has a role.
struct Client {
    crypto::Digest fingerprint;
    std::string name;
    Role role = Role::viewer;
    std::int64_t added_at = 0; ///< nanoseconds since the Unix epoch
    std::string added_by;      ///< "pairing", "configuration", "local", a client's name
};

} // namespace redoubt::node::access
