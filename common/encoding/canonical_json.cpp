// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/encoding/canonical_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace redoubt::json {
namespace {

namespace bj = boost::json;

constexpr std::int64_t k_exact = std::int64_t{1} << 53U;

void append_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            if (static_cast<unsigned char>(c) < 0x20)
                out += std::format("\\u{:04x}", static_cast<unsigned>(c));
            else
                out += c;
        }
    }
    out += '"';
}

/// Number::toString of ECMAScript, from the shortest digits that read back the same.
Status append_double(std::string& out, double number) {
    if (!std::isfinite(number)) return fail(Code::invalid_argument, "canonical JSON has no such number");
    if (number == 0) {
        out += '0';
        return {};
    }
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number),
                                   std::chars_format::scientific);
    const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
    const auto mark = text.find('e');
    std::string digits(text.substr(0, mark));
    std::erase(digits, '.');
    int exponent = 0;
    const char* first = text.data() + mark + 1;
    if (*first == '+') ++first;
    std::from_chars(first, text.data() + text.size(), exponent);
    const int count = static_cast<int>(digits.size());
    const int point = exponent + 1; // digits before the point
    if (number < 0) out += '-';
    if (point > 21 || point < -5) {
        out += digits.substr(0, 1);
        if (count > 1) out += '.' + digits.substr(1);
        out += std::format("e{}{}", exponent < 0 ? '-' : '+', std::abs(exponent));
    } else if (point >= count) {
        out += digits + std::string(static_cast<std::size_t>(point - count), '0');
    } else if (point > 0) {
        out += digits.substr(0, static_cast<std::size_t>(point)) + '.' +
               digits.substr(static_cast<std::size_t>(point));
    } else {
        out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
    }
    return {};
}

/// UTF-16 code units of UTF-8 text, which boost::json has checked.
std::u16string utf16_of(std::string_view text) {
    std::u16string units;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::uint32_t point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
        for (std::size_t k = 1; k < size && i + k < text.size(); ++k)
            point = (point << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        i += size;
        if (point < 0x10000) {
            units += static_cast<char16_t>(point);
        } else {
            units += static_cast<char16_t>(0xD800U + ((point - 0x10000U) >> 10U));
            units += static_cast<char16_t>(0xDC00U + ((point - 0x10000U) & 0x3FFU));
        }
    }
    return units;
}

Status append(std::string& out, const bj::value& value);

Status append_object(std::string& out, const bj::object& object) {
    std::vector<std::pair<std::u16string, const bj::key_value_pair*>> members;
    members.reserve(object.size());
    for (const auto& member : object) members.emplace_back(utf16_of(member.key()), &member);
    std::ranges::sort(members, {}, [](const auto& entry) -> const std::u16string& { return entry.first; });
    out += '{';
    bool is_first = true;
    for (const auto& [units, member] : members) {
        if (!std::exchange(is_first, false)) out += ',';
        append_string(out, member->key());
        out += ':';
        RDT_CHECK(append(out, member->value()));
    }
    out += '}';
    return {};
}

Status append_array(std::string& out, const bj::array& array) {
    out += '[';
    bool is_first = true;
    for (const auto& item : array) {
        if (!std::exchange(is_first, false)) out += ',';
        RDT_CHECK(append(out, item));
    }
    out += ']';
    return {};
}

Status append_whole(std::string& out, std::int64_t number) {
    if (number > k_exact || number < -k_exact)
        return fail(Code::invalid_argument, "canonical JSON: {} is beyond 2^53", number);
    out += std::to_string(number);
    return {};
}

Status append(std::string& out, const bj::value& value) {
    switch (value.kind()) {
    case bj::kind::null: out += "null"; return {};
    case bj::kind::bool_: out += value.get_bool() ? "true" : "false"; return {};
    case bj::kind::int64: return append_whole(out, value.get_int64());
    case bj::kind::uint64:
        // A number made by a program may be held this way however small it is.
        if (value.get_uint64() > static_cast<std::uint64_t>(k_exact))
            return fail(Code::invalid_argument, "canonical JSON: {} is beyond 2^53", value.get_uint64());
        return append_whole(out, static_cast<std::int64_t>(value.get_uint64()));
    case bj::kind::double_: return append_double(out, value.get_double());
    case bj::kind::string: append_string(out, value.get_string()); return {};
    case bj::kind::array: return append_array(out, value.get_array());
    case bj::kind::object: return append_object(out, value.get_object());
    }
    return fail(Code::internal, "canonical JSON: a kind that is not known");
}

} // namespace

Result<std::string> canonical(const bj::value& value) {
    std::string out;
    RDT_CHECK(append(out, value));
    return out;
}

} // namespace redoubt::json
