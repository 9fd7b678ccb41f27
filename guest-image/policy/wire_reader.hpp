// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Protobuf's wire format, a field at a time. Source: protobuf.dev, "Encoding".

#include <cstdint>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::guest::policy {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct WireField {
    std::uint32_t number = 0;
    WireType type = WireType::varint;
    std::uint64_t value = 0; ///< of a varint
    std::string_view bytes;  ///< of bytes
};

class WireReader {
  public:
    explicit WireReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    /// Errors: invalid_argument a field that is cut short, or of a kind no message of ours has.
    [[nodiscard]] Result<WireField> next();
    /// Errors: invalid_argument cut short, or longer than 64 bits.
    [[nodiscard]] Result<std::uint64_t> varint();

  private:
    std::string_view rest_;
};

} // namespace redoubt::guest::policy
