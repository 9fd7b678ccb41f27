// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/registry.hpp"

namespace redoubt::rego {

BuiltinRegistry all_builtins() {
    BuiltinRegistry registry = core_builtins();
    for (const std::span<const Builtin> group :
         {digest_builtins(), glob_builtins(), graph_builtins(), json_patch_builtins(), json_path_builtins(),
          json_schema_builtins(), jwt_builtins(), network_builtins(), semver_builtins(), time_builtins(),
          unit_builtins(), url_builtins(), uuid_builtins(), x509_builtins(), yaml_builtins()})
        registry.add(group);
    return registry;
}

} // namespace redoubt::rego
