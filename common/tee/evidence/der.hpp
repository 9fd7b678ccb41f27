// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::tee {

/// One element of DER. Lifetime: borrows the bytes it was read from.
struct DerElement {
    std::uint8_t tag = 0;
    std::string_view content;
};

inline constexpr std::uint8_t k_der_boolean = 0x01;
inline constexpr std::uint8_t k_der_integer = 0x02;
inline constexpr std::uint8_t k_der_octets = 0x04;
inline constexpr std::uint8_t k_der_oid = 0x06;
inline constexpr std::uint8_t k_der_enumerated = 0x0A;
inline constexpr std::uint8_t k_der_ia5 = 0x16;
inline constexpr std::uint8_t k_der_sequence = 0x30;

/// Reads the elements of a DER encoding in order: short tags, definite and shortest lengths only.
/// Source: X.690 section 10.
class DerReader {
  public:
    explicit DerReader(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
    /// Errors: invalid_argument what is wrong with the encoding.
    [[nodiscard]] Result<DerElement> next();
    /// The next element, which has to have this tag.
    [[nodiscard]] Result<std::string_view> expect(std::uint8_t tag, std::string_view what);

  private:
    std::string_view bytes_;
};

/// "1.2.840.113741.1.13.1" from the content of an OBJECT IDENTIFIER. Errors: invalid_argument.
[[nodiscard]] Result<std::string> oid_text(std::string_view content);
/// A number of zero or more from the content of an INTEGER or ENUMERATED. Errors: invalid_argument when it is
/// negative, not the shortest form, or beyond 32 bits.
[[nodiscard]] Result<std::uint32_t> small_number(std::string_view content);

} // namespace redoubt::tee
