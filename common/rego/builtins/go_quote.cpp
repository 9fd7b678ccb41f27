// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/go_format.hpp"
#include "common/rego/builtins/letter_case.hpp"
#include "common/rego/value/utf8.hpp"

// Go's quoted strings.

namespace redoubt::rego {
namespace {

void append_hex_digits(std::string& out, std::uint32_t code, int count) {
    for (int shift = (count - 1) * 4; shift >= 0; shift -= 4)
        out += "0123456789abcdef"[(code >> static_cast<unsigned>(shift)) & 0xFU];
}

void append_escaped(std::string& out, std::uint32_t code) {
    switch (code) {
    case '\a': out += "\\a"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\v': out += "\\v"; return;
    default: break;
    }
    if (code < 0x20 || code == 0x7F) {
        out += "\\x";
        append_hex_digits(out, code, 2);
    } else if (code < 0x10000) {
        out += "\\u";
        append_hex_digits(out, code, 4);
    } else {
        out += "\\U";
        append_hex_digits(out, code, 8);
    }
}

} // namespace

std::string quote_go_text(std::string_view text, bool ascii, char quote) {
    std::string out(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = decode_utf8(text, at);
        if (!step.valid) {
            out += "\\x";
            append_hex_digits(out, static_cast<unsigned char>(text[at]), 2);
        } else if (step.code == static_cast<unsigned char>(quote) || step.code == '\\') {
            out += '\\';
            out += text[at];
        } else if (is_printable(step.code) && (!ascii || step.code < 0x80)) {
            out += text.substr(at, step.size);
        } else {
            append_escaped(out, step.code);
        }
        at += step.size;
    }
    return out + quote;
}

} // namespace redoubt::rego
