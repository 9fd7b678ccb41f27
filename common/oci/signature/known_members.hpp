// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <algorithm>
#include <format>
#include <initializer_list>
#include <string_view>

#include "common/encoding/json.hpp"

namespace redoubt::oci::signature {

/// Fails unless this is an object with no other members than these: what nobody reads, nobody enforces.
inline Status check_members(const json::Node& node, std::initializer_list<std::string_view> known) {
    RDT_TRY(const auto members, node.members());
    for (const auto& [name, value] : members)
        if (!std::ranges::contains(known, name))
            return node.wrong(std::format("has a member '{}' that is not known", name.substr(0, 64)));
    return {};
}

} // namespace redoubt::oci::signature
