// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What stands in front of every call in a confidential guest (docs/architecture.md, "Life of a confidential
/// guest").

#include "common/base/error.hpp"
#include "common/ttrpc/server.hpp"
#include "guest-image/policy/gate.hpp"

namespace redoubt::guest::rpc {

/// Asks the gate, of every call: those of Kata's API and of ours; health is everybody's to ask. A method that
/// is not known is refused. Lifetime: `gate` outlives the server's calls.
[[nodiscard]] ttrpc::Guard guard_by(policy::Gate& gate);

/// Of a guest that may not serve: every call, whatever it is, has this answer.
[[nodiscard]] ttrpc::Guard refuse_all(Error reason);

} // namespace redoubt::guest::rpc
