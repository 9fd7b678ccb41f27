// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include "common/tee/tdx/verifier.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

/// What the owner takes of a TD. Errors: invalid_argument a TCB status that is not known.
[[nodiscard]] Result<tee::tdx::Policy> tdx_policy(const Expectations& expected);

/// A verified quote under the names that policies know.
[[nodiscard]] boost::json::object tdx_policy_claims(const tee::tdx::VerifiedQuote& verified);

/// Whether these claims are of a TD that its host may debug.
[[nodiscard]] bool is_debuggable(const boost::json::object& claims);

/// Fills what a TD's claims are made of, but its init data.
void fill_tdx_claims(const tee::tdx::VerifiedQuote& verified, Claims& claims);

/// Each platform family has collateral of its own: the verdict by the one it is verified with, else by the
/// first. Without any, the verdict says what is missing. A verdict has a member `verified`.
template <class Judge>
auto judge_by_family(const Collateral& collateral, const Judge& judge) {
    auto verdict = judge(collateral.tdx.empty() ? tee::tdx::Collateral() : collateral.tdx.front());
    for (std::size_t i = 1; i < collateral.tdx.size() && !verdict.verified; ++i)
        if (auto next = judge(collateral.tdx[i]); next.verified) verdict = std::move(next);
    return verdict;
}

} // namespace redoubt::services::attestation
