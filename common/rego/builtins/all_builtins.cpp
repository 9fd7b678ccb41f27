// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/registry.hpp"

namespace redoubt::rego {

BuiltinRegistry all_builtins() {
    return core_builtins();
}

} // namespace redoubt::rego
