// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/tee/sev_snp/verifier.hpp"

namespace redoubt::tee::sev_snp {

/// Notes what the policy wants of a report. Claims: "policy.*".
void check_policy(Explanation& explanation, const Report& report, Product product, const Policy& policy);

} // namespace redoubt::tee::sev_snp
