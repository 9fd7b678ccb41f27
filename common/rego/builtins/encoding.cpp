// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/hex.hpp"
#include "common/rego/builtins/go_base64.hpp"
#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/builtins/operand.hpp"
#include "common/rego/value/utf8.hpp"

// base64, base64url and hexadecimal text. A string may hold bytes that are not UTF-8.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

BuiltinResult decoded(BuiltinContext& context, std::expected<std::string, std::string> bytes) {
    if (!bytes) return builtin_error(std::move(bytes).error());
    return text_result(context, *bytes);
}

template <Base64Form form, bool padded>
BuiltinResult base64_encode(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 3)) return memory_limit_error();
    return text_result(context, encode_base64(operands[0].as_string(), form, padded));
}

BuiltinResult base64_decode(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 2)) return memory_limit_error();
    return decoded(context, decode_base64(operands[0].as_string(), Base64Form::standard));
}

BuiltinResult base64_is_valid(BuiltinContext& context, Operands operands) {
    if (!operands[0].is_string()) return Value::boolean(false);
    if (!context.charge(operands[0].size())) return memory_limit_error();
    return Value::boolean(decode_base64(operands[0].as_string(), Base64Form::standard).has_value());
}

BuiltinResult base64url_decode(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 3)) return memory_limit_error();
    return decoded(context, decode_base64url(operands[0].as_string()));
}

BuiltinResult hex_encode(BuiltinContext& context, Operands operands) {
    if (!context.charge(operands[0].size() * 4)) return memory_limit_error();
    return text_result(context, encoding::to_hex(operands[0].as_string()));
}

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// "encoding/hex: invalid byte: U+0067 'g'".
std::string invalid_byte(char c) {
    const auto code = static_cast<unsigned char>(c);
    std::string text = "encoding/hex: invalid byte: U+00";
    text += "0123456789ABCDEF"[code >> 4U];
    text += "0123456789ABCDEF"[code & 0xFU];
    if (is_printable(code)) {
        text += " '";
        append_utf8(text, code);
        text += "'";
    }
    return text;
}

BuiltinResult hex_decode(BuiltinContext& context, Operands operands) {
    const std::string_view text = operands[0].as_string();
    if (!context.charge(text.size())) return memory_limit_error();
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        if (nibble(text[i]) < 0) return builtin_error(invalid_byte(text[i]));
        if (i + 1 == text.size()) return builtin_error("encoding/hex: odd length hex string");
        if (nibble(text[i + 1]) < 0) return builtin_error(invalid_byte(text[i + 1]));
        bytes += static_cast<char>((nibble(text[i]) << 4) | nibble(text[i + 1]));
    }
    return text_result(context, bytes);
}

constexpr Operand k_text = one_of(Kind::string);
constexpr std::array<Operand, 6> k_one_text{k_text};

constexpr Builtin k_encoding[] = {
    {.name = "base64.encode",
     .operands = k_one_text,
     .arity = 1,
     .function = base64_encode<Base64Form::standard, true>},
    {.name = "base64.decode", .operands = k_one_text, .arity = 1, .function = base64_decode},
    {.name = "base64.is_valid",
     .operands = {constants_of(Kind::string)},
     .arity = 1,
     .function = base64_is_valid},
    {.name = "base64url.encode",
     .operands = k_one_text,
     .arity = 1,
     .function = base64_encode<Base64Form::url, true>},
    {.name = "base64url.encode_no_pad",
     .operands = k_one_text,
     .arity = 1,
     .function = base64_encode<Base64Form::url, false>},
    {.name = "base64url.decode", .operands = k_one_text, .arity = 1, .function = base64url_decode},
    {.name = "hex.encode", .operands = k_one_text, .arity = 1, .function = hex_encode},
    {.name = "hex.decode", .operands = k_one_text, .arity = 1, .function = hex_decode},
};

} // namespace

std::span<const Builtin> encoding_builtins() {
    return k_encoding;
}

} // namespace redoubt::rego
