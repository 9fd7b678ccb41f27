// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What everything that speaks to the TPM by the TSS shares. Source: TCG TSS 2.0 ESAPI.

#include <tss2/tss2_esys.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

namespace redoubt::services::kms {

/// What the library gives, and takes back.
template <class T>
using FromTss = std::unique_ptr<T, decltype(&Esys_Free)>;

/// The TPM's values have their size in front. Precondition: it fits.
template <class Sized>
void fill(Sized& value, std::string_view bytes) {
    value.size = static_cast<UINT16>(bytes.size());
    std::ranges::copy(bytes, std::begin(value.buffer));
}

} // namespace redoubt::services::kms
