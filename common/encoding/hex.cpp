// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/hex.hpp"

namespace redoubt::encoding {
namespace {

int value_of(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

} // namespace

std::string to_hex(std::string_view bytes) {
    static constexpr std::string_view k_digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += k_digits[value >> 4U];
        text += k_digits[value & 15U];
    }
    return text;
}

Result<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0)
        return fail(Code::invalid_argument, "hex: odd number of digits ({})", text.size());
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = value_of(text[at]);
        const int low = value_of(text[at + 1]);
        if (high < 0 || low < 0)
            return fail(Code::invalid_argument, "hex: not a digit at offset {}", high < 0 ? at : at + 1);
        bytes += static_cast<char>((high << 4) | low);
    }
    return bytes;
}

} // namespace redoubt::encoding
