// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What everything that speaks to a TPM by the TSS shares: the node that proves itself and the broker that
/// seals. Users of this header alone link tss2-esys and tss2-rc. Source: TCG TSS 2.0 ESAPI.

#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

namespace redoubt::tss {

inline constexpr TSS2_RC k_format_one =
    0xBF; ///< mask of a code without the number of the session it is about

/// What the library gives, and takes back.
template <class T>
using FromTss = std::unique_ptr<T, decltype(&Esys_Free)>;

/// The TPM's values have their size in front. Precondition: it fits.
template <class Sized>
void fill(Sized& value, std::string_view bytes) {
    value.size = static_cast<UINT16>(bytes.size());
    std::ranges::copy(bytes, std::begin(value.buffer));
}

[[nodiscard]] inline std::string text_of(const BYTE* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

/// The library's words for a code.
[[nodiscard]] inline std::string words_of(TSS2_RC code) {
    return Tss2_RC_Decode(code);
}

} // namespace redoubt::tss
