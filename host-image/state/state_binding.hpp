// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The TPM's own memory of the state that this machine made. A state is sealed by what stands in its header,
/// which anybody who has the TPM for an hour can write for a state of their own; so the TPM keeps which one
/// it was. That is the value of PCR 15, into which systemd-cryptsetup has measured the key of what it opened.
/// The index can be written by who booted what is signed for this machine (PCR 7) with no word from outside
/// (PCR 12 is nought), and once. Who has the TPM can take it away, and then nothing opens any more.
/// Source: TPM 2.0 library part 1, 37 (NV); part 3, 31. ADR 0040.

#include <tss2/tss2_esys.h>

#include <cstdint>

#include "common/base/error.hpp"

namespace redoubt::host_image {

/// Of the owner's indexes. Source: TCG Registry of Reserved TPM 2.0 Handles, 2.2.2.
inline constexpr std::uint32_t k_state_index = 0x0180D00B;

/// Remembers the state that is open, in the place of one before: for the boot that has made it. Errors:
/// failed_precondition no state was opened, or a word came from outside; internal what the TPM says.
Status bind_state(ESYS_CONTEXT* tpm);

/// Errors: the same; permission_denied the state that is open is not the one that was bound, or the memory is
/// not as bind_state() makes it.
Status check_state(ESYS_CONTEXT* tpm);

} // namespace redoubt::host_image
