// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"
#include "services/key_broker/refusal.hpp"

namespace redoubt::services::rpc {

/// A refusal in gRPC's codes, which tell more than the statuses that guests know: a change that waits for
/// another administrator is failed_precondition, because it has not been made.
[[nodiscard]] Error error_of(const key_broker::Refusal& refusal);

} // namespace redoubt::services::rpc
