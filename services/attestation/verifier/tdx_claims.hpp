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

/// Fills what a TD's claims are made of, but its init data.
void fill_tdx_claims(const tee::tdx::VerifiedQuote& verified, Claims& claims);

} // namespace redoubt::services::attestation
