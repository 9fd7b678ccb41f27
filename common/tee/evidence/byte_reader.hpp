// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::tee {

/// Reads numbers and pieces of a binary format in order. Once it would run past the end it is failed: from
/// then on it gives zeros and empty pieces, and status() says where it happened. Ask status() before trusting
/// what was read. Lifetime: borrows the bytes.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes, std::endian order = std::endian::little)
        : bytes_(bytes), order_(order) {}

    [[nodiscard]] std::string_view take(std::size_t size) {
        if (has_failed_ || size > bytes_.size() - offset_) {
            if (!has_failed_) wanted_ = size;
            has_failed_ = true;
            return {};
        }
        const auto piece = bytes_.substr(offset_, size);
        offset_ += size;
        return piece;
    }
    [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    [[nodiscard]] std::uint64_t u64() { return number(8); }
    /// A piece whose length stands before it in 16 bits (TPM2B in a big endian format).
    [[nodiscard]] std::string_view sized16() { return take(u16()); }

    [[nodiscard]] std::size_t offset() const { return offset_; }
    [[nodiscard]] std::string_view rest() const { return bytes_.substr(offset_); }
    [[nodiscard]] bool has_failed() const { return has_failed_; }
    /// Errors: invalid_argument "<what>: cut short at byte N, where M more are needed".
    [[nodiscard]] Status status(std::string_view what) const {
        if (!has_failed_) return {};
        return fail(Code::invalid_argument, "{}: cut short at byte {} of {}, where {} more are needed", what,
                    offset_, bytes_.size(), wanted_);
    }

  private:
    std::uint64_t number(std::size_t size) {
        std::uint64_t value = 0;
        const auto piece = take(size);
        for (std::size_t i = 0; i < piece.size(); ++i) {
            const auto at = order_ == std::endian::big ? i : piece.size() - 1 - i;
            value = (value << 8U) | static_cast<unsigned char>(piece[at]);
        }
        return value;
    }

    std::string_view bytes_;
    std::endian order_;
    std::size_t offset_ = 0;
    std::size_t wanted_ = 0;
    bool has_failed_ = false;
};

} // namespace redoubt::tee
