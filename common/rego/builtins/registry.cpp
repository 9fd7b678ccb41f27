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
    list.reserve(by_name_.size());
    for (const auto& [name, builtin] : by_name_) list.push_back(builtin);
    std::ranges::sort(list, {}, [](const Builtin* builtin) { return builtin->name; });
    return list;
}

BuiltinRegistry core_builtins() {
    BuiltinRegistry registry;
    for (const std::span<const Builtin> group :
         {aggregate_builtins(), arithmetic_builtins(), bits_builtins(), collection_builtins(),
          encoding_builtins(), json_text_builtins(), kind_builtins(), object_builtins(), regex_builtins(),
          sprintf_builtins(), string_builtins(), string_edit_builtins(), unavailable_builtins(),
          walk_builtins()})
        registry.add(group);
    return registry;
}

} // namespace redoubt::rego
