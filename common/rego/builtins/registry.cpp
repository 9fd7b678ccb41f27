// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/registry.hpp"

#include <algorithm>

#include "common/rego/builtins/groups.hpp"

namespace redoubt::rego {

void BuiltinRegistry::add(std::span<const Builtin> group) {
    for (const Builtin& builtin : group) by_name_[builtin.name] = &builtin;
}

void BuiltinRegistry::remove(std::string_view name) {
    by_name_.erase(name);
}

const Builtin* BuiltinRegistry::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

std::vector<const Builtin*> BuiltinRegistry::all() const {
    std::vector<const Builtin*> list;
    for (const auto& [name, builtin] : by_name_) list.push_back(builtin);
    std::ranges::sort(list, {}, [](const Builtin* builtin) { return builtin->name; });
    return list;
}

BuiltinRegistry all_builtins() {
    BuiltinRegistry registry;
    registry.add(unavailable_builtins());
    return registry;
}

} // namespace redoubt::rego
