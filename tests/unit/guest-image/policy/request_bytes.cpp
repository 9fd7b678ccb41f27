// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/unit/guest-image/policy/request_bytes.hpp"

#include <algorithm>

namespace redoubt::test {

using guest::policy::Field;
using guest::policy::Kind;
using guest::policy::Message;

namespace {

std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7fU) | 0x80U);
    return out + static_cast<char>(value);
}

std::uint64_t number_of(const boost::json::value& value) {
    if (value.is_bool()) return value.as_bool() ? 1 : 0;
    return value.is_uint64() ? value.as_uint64() : static_cast<std::uint64_t>(value.as_int64());
}

std::string one(const Field& field, const boost::json::value& value, std::vector<std::string>& unknown) {
    if (field.kind == Kind::message)
        return bytes_field(field.number, request_bytes(*field.message, value.as_object(), unknown));
    if (field.kind == Kind::text) return bytes_field(field.number, value.as_string());
    if (field.kind == Kind::bytes) {
        std::string bytes;
        for (const auto& byte : value.as_array()) bytes += static_cast<char>(number_of(byte));
        return bytes_field(field.number, bytes);
    }
    return number_field(field.number, number_of(value));
}

std::string all(const Field& field, const boost::json::value& value, std::vector<std::string>& unknown) {
    if (value.is_null()) return "";
    std::string out;
    if (field.kind == Kind::text_map) {
        for (const auto& [key, text] : value.as_object())
            out += bytes_field(field.number, bytes_field(1, key) + bytes_field(2, text.as_string()));
    } else if (field.shape == guest::policy::Shape::repeated) {
        for (const auto& item : value.as_array()) out += one(field, item, unknown);
    } else {
        out = one(field, value, unknown);
    }
    return out;
}

} // namespace

std::string bytes_field(std::uint32_t number, std::string_view bytes) {
    return varint((std::uint64_t{number} << 3U) | 2U) + varint(bytes.size()) + std::string(bytes);
}

std::string number_field(std::uint32_t number, std::uint64_t value) {
    return varint(std::uint64_t{number} << 3U) + varint(value);
}

std::string request_bytes(const Message& message, const boost::json::object& request,
                          std::vector<std::string>& unknown) {
    std::string out;
    for (const auto& [key, value] : request) {
        const auto field = std::ranges::find(message.fields, std::string_view(key), &Field::name);
        if (field == message.fields.end()) {
            unknown.push_back(std::string(message.name) + "." + std::string(key));
        } else {
            out += all(*field, value, unknown);
        }
    }
    return out;
}

} // namespace redoubt::test
