// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/tee/tdx/verifier.hpp"
#include "services/simtee/intel_chain.hpp"
#include "tests/support/tee/authority.hpp"

namespace redoubt::tests {

/// Intel's authorities as the simulator makes them, for one platform with module TDX 1.5 and everything up
/// to date.
struct MadeIntel : services::simtee::IntelChain {
    [[nodiscard]] std::vector<tee::TrustAnchor> anchors() const;
    /// Complete and fresh from 2025 to 2044.
    [[nodiscard]] tee::tdx::Collateral collateral() const;
};
inline constexpr long k_pck_serial = 77;
MadeIntel make_intel();

/// Body of a TD report 1.0 (584 bytes) to change, then to quote.
std::string make_td_body();
/// A version 4 quote of it. `att_key` signs; `bound_key` is the one the quoting enclave vouches for.
std::string make_quote(const MadeIntel& intel, const std::string& body, const Key& att_key,
                       const Key& bound_key);

} // namespace redoubt::tests
