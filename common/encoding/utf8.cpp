// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/utf8.hpp"

#include <cstddef>

namespace redoubt::encoding {
namespace {

/// How many bytes the code point that begins here has; 0: it is none. Source: Unicode 15, table 3-7.
std::size_t utf8_step(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? unsigned{static_cast<unsigned char>(text[at])} : 0U;
    };
    const auto follows = [&](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool is_good = (first != 0xE0 || byte(1) >= 0xA0) && (first != 0xED || byte(1) <= 0x9F);
        return is_good && follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool is_good = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) <= 0x8F);
        return is_good && follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto step = utf8_step(text);
        if (step == 0) return false;
        text.remove_prefix(step);
    }
    return true;
}

} // namespace redoubt::encoding
