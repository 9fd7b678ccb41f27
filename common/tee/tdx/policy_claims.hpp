// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/tee/tdx/verifier.hpp"

namespace redoubt::tee::tdx {

/// Notes what the policy wants of a TD. Claims: "policy.*".
void check_policy(Explanation& explanation, const TdReport& td, const Policy& policy);
/// Notes whether a TCB's status is one the policy accepts. Claim: "policy.tcb_status".
void check_status(Explanation& explanation, const TcbEvaluation& tcb, const Policy& policy);

} // namespace redoubt::tee::tdx
