// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/compile/passes.hpp"

namespace redoubt::rego {

void build_indexes(Program& program) {
    (void)program;
}

} // namespace redoubt::rego
