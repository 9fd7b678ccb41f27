// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Who a process runs as, from the image's own passwd and group files. Pure: hostile files are only text
/// here.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::oci {

struct ResolvedUser {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> additional_gids;
    std::string home = "/";
};

/// Looks up `user.username` ("name|uid[:group|gid]") or, when that is empty, takes its numbers; finds the
/// home folder. A user given by name without a group also gets the groups that list them as a member, as with
/// runc. Errors: invalid_argument "unable to find user X: no matching entries in passwd file", and so for
/// groups. Source: passwd(5), group(5).
[[nodiscard]] Result<ResolvedUser> resolve_user(const oci::User& user, std::string_view passwd,
                                                std::string_view group);

} // namespace redoubt::oci
