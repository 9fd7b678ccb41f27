// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::node::launch {

/// The annotation by which a container or a pod says how its VM begins.
inline constexpr auto k_start_annotation = "io.redoubt.vm.start";

/// Whether its VM may begin as a clone of a guest template: unless the annotation is "boot".
/// Errors: invalid_argument it is neither "boot" nor "clone".
[[nodiscard]] Result<bool> may_be_clone(const std::map<std::string, std::string>& annotations);

/// Whether that may have been begun before it was asked for: where the annotation says nothing.
[[nodiscard]] bool may_have_waited(const std::map<std::string, std::string>& annotations);

} // namespace redoubt::node::launch
