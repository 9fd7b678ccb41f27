// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/guid.hpp"

#include <array>

#include "common/encoding/hex.hpp"

namespace redoubt::tee {
namespace {

constexpr std::array<std::size_t, 16> k_order{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

} // namespace

std::string guid_text(std::string_view bytes) {
    if (bytes.size() != 16) return {};
    std::string ordered;
    for (const auto at : k_order) ordered += bytes[at];
    std::string text = encoding::to_hex(ordered);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
    return text;
}

std::string guid_bytes(std::string_view text) {
    if (text.size() != 36) return {};
    std::string hex;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash != (text[i] == '-')) return {};
        if (!is_dash) hex += text[i];
    }
    const auto ordered = encoding::from_hex(hex);
    if (!ordered) return {};
    std::string bytes(16, '\0');
    for (std::size_t i = 0; i < 16; ++i) bytes[k_order[i]] = (*ordered)[i];
    return bytes;
}

} // namespace redoubt::tee
