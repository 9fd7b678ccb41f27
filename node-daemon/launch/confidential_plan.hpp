// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The part of a plan that is the level confidential's. Pure. Decision: docs/adr/0027.

#include <map>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "node-daemon/launch/plan.hpp"

namespace redoubt::node::launch {

/// The annotation that holds initdata; empty when there is none.
[[nodiscard]] std::string initdata_of(const std::map<std::string, std::string>& annotations);

/// Errors: invalid_argument there is none, as a guest without initdata denies everything, or it is not valid.
[[nodiscard]] Status check_initdata(std::string_view annotation);

/// Whether the guest of this initdata asks for signatures of images. False also when that cannot be read: it
/// is the guest that decides, and refuses.
[[nodiscard]] bool has_signature_policy(std::string_view annotation);

/// Makes the planned VM one of the level: marks on its command line, initdata on a disk and bound to the
/// launch, the secure processor, the relay's port. Errors: those of check_initdata(); failed_precondition
/// this node has no means.
[[nodiscard]] Status make_confidential(const NodeFacts& node, std::string_view annotation, LaunchPlan& plan);

} // namespace redoubt::node::launch
