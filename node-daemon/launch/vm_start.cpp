// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/vm_start.hpp"

namespace redoubt::node::launch {

Result<bool> may_be_clone(const std::map<std::string, std::string>& annotations) {
    const auto found = annotations.find(k_start_annotation);
    if (found == annotations.end() || found->second == "clone") return true;
    if (found->second == "boot") return false;
    return fail(Code::invalid_argument, "annotation {}: '{}' is neither boot nor clone", k_start_annotation,
                found->second);
}

bool may_have_waited(const std::map<std::string, std::string>& annotations) {
    return !annotations.contains(k_start_annotation);
}

} // namespace redoubt::node::launch
