// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Whether statements of vendors may take a place among those in use. Verifiers judge them again whenever
/// they are used; this is so that nothing is stored that would not do, or that is older than what it
/// replaces. Pure.

#include "services/attestation/verifier/chip.hpp"
#include "services/attestation/verifier/verifier.hpp"

namespace redoubt::services::attestation {

enum class Vendor : std::uint8_t { amd, intel };

/// Checks what somebody brings against the anchors and statements in use: each certificate leads to an anchor
/// by certificates beside it or in use, none of them revoked; each list and document is signed by such a
/// certificate, and good at `at`; none is older than one in use of the same authority or platform (CRL
/// number, date; tcbEvaluationDataNumber, date). Errors: permission_denied who signed it is not believed;
/// failed_precondition its time is over, has not come, or it is older; invalid_argument it cannot be read.
[[nodiscard]] Status check_collateral(const tee::tdx::Collateral& brought, Vendor vendor,
                                      const Collateral& in_use, Time at);

/// Checks a certificate that is said to be a chip's VCEK: its chain by what is in use, that it is for this
/// chip and TCB, and that nothing of it is revoked. Anchors of every class count: which of them a tenant
/// believes is asked whenever it is used. Errors: permission_denied naming what failed.
[[nodiscard]] Status check_vcek(const tee::Certificate& certificate, const Chip& chip,
                                const Collateral& in_use, Time at);

} // namespace redoubt::services::attestation
