// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "common/encoding/yaml.hpp"

// What scalars mean.

namespace redoubt::yaml {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

constexpr std::initializer_list<std::string_view> k_true = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                            "True", "TRUE", "on",  "On",  "ON"};
constexpr std::initializer_list<std::string_view> k_false = {"n",     "N",     "no",  "No",  "NO", "false",
                                                             "False", "FALSE", "off", "Off", "OFF"};

bool is_integer(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    int base = 10;
    if (text.starts_with("0x")) base = 16;
    if (text.starts_with("0o")) base = 8;
    if (text.starts_with("0b")) base = 2;
    if (base != 10) text.remove_prefix(2);
    if (text.empty()) return false;
    return std::ranges::all_of(text, [base](char c) {
        if (c >= '0' && c <= '9') return c - '0' < base;
        return base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    });
}

bool is_real(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (is_one_of(text, {".inf", "-.inf", ".nan", ".Inf", "-.Inf", ".NaN"})) return true;
    if (text.empty() || !std::string_view("-.0123456789").contains(text.front())) return false;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

} // namespace

Meaning meaning_of(const Node& scalar) {
    if (scalar.is_quoted) return Meaning::text;
    if (is_one_of(scalar.text, {"", "~", "null", "Null", "NULL"})) return Meaning::null;
    if (is_one_of(scalar.text, k_true) || is_one_of(scalar.text, k_false)) return Meaning::boolean;
    if (is_integer(scalar.text)) return Meaning::integer;
    return is_real(scalar.text) ? Meaning::real : Meaning::text;
}

bool truth_of(const Node& scalar) {
    return is_one_of(scalar.text, k_true);
}

} // namespace redoubt::yaml
