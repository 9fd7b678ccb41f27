// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/base64.hpp"

namespace redoubt::encoding {
namespace {

constexpr std::string_view k_standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k_url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view digits_of(Base64 alphabet) {
    return alphabet == Base64::url ? k_url : k_standard;
}

Result<std::string_view> without_padding(std::string_view text, Base64 alphabet) {
    const auto end = text.find('=');
    if (end == std::string_view::npos) {
        if (alphabet == Base64::standard && text.size() % 4 != 0)
            return fail(Code::invalid_argument, "base64: padding is missing at offset {}", text.size());
        return text;
    }
    const auto padding = text.substr(end);
    if (padding.size() > 2 || text.size() % 4 != 0 ||
        padding.find_first_not_of('=') != std::string_view::npos)
        return fail(Code::invalid_argument, "base64: wrong padding at offset {}", end);
    return text.substr(0, end);
}

} // namespace

std::string to_base64(std::string_view bytes, Base64 alphabet) {
    const auto digits = digits_of(alphabet);
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(byte);
        for (count += 8; count >= 6; count -= 6) text += digits[(bits >> (count - 6)) & 63U];
    }
    if (count > 0) text += digits[(bits << (6 - count)) & 63U];
    if (alphabet == Base64::standard) text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<std::string> from_base64(std::string_view text, Base64 alphabet) {
    RDT_TRY(const auto body, without_padding(text, alphabet));
    if (body.size() % 4 == 1)
        return fail(Code::invalid_argument, "base64: ends early at offset {}", body.size());
    const auto digits = digits_of(alphabet);
    std::string bytes;
    bytes.reserve(body.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (std::size_t at = 0; at < body.size(); ++at) {
        const auto value = digits.find(body[at]);
        if (value == std::string_view::npos)
            return fail(Code::invalid_argument, "base64: wrong character at offset {}", at);
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>((bits >> count) & 255U);
    }
    if ((bits & ((1U << count) - 1U)) != 0)
        return fail(Code::invalid_argument, "base64: set bits behind the end at offset {}", body.size() - 1);
    return bytes;
}

} // namespace redoubt::encoding
