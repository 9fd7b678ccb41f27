// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/operand.hpp"

#include <algorithm>

namespace redoubt::rego {
namespace {

constexpr std::string_view k_not_integer = "must be integer number but got floating-point number";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

} // namespace

std::optional<std::int64_t> plain_integer(const Number& number) {
    if (number.is_small()) return number.small();
    if (!number.is_integer()) return std::nullopt;
    const std::string text = number.text();
    constexpr std::size_t most = 20;
    if (text.size() > most || text.find_first_of("eE") != std::string::npos) return std::nullopt;
    return number.to_int64();
}

Operanded<std::int64_t> integer_operand(const Value& value, std::size_t position) {
    if (!value.is_number()) return operand_error(position, value, {Kind::number});
    const auto whole = plain_integer(value.as_number());
    if (!whole) return operand_error(position, k_not_integer);
    return *whole;
}

Operanded<BigInt> big_integer_operand(const Value& value, std::size_t position) {
    if (!value.is_number())
        return operand_error(position, "must be integer but got " + std::string(name_of(value.kind())));
    const auto whole = value.as_number().to_big_int();
    if (!whole) return operand_error(position, k_not_integer);
    return *whole;
}

Operanded<std::vector<std::string_view>> strings_operand(const Value& value, std::size_t position) {
    if (!value.is_array() && !value.is_set()) return operand_error(position, value, {Kind::array, Kind::set});
    std::vector<std::string_view> strings;
    strings.reserve(value.size());
    for (const Value& item : value.items()) {
        if (!item.is_string()) return element_error(position, value, item, "string");
        strings.push_back(item.as_string());
    }
    return strings;
}

std::unexpected<BuiltinError> element_error(std::size_t position, const Value& composite, const Value& got,
                                            std::string_view expected) {
    const std::string outer(name_of(composite.kind()));
    return operand_error(position, "must be " + outer + " of " + std::string(expected) + "s but got " +
                                       outer + " containing " + std::string(name_of(got.kind())));
}

std::string json_number_spelling(std::string_view text) {
    std::string out;
    std::size_t at = 0;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        if (text[at] == '-') out += '-';
        ++at;
    }
    std::string whole;
    std::string fraction;
    while (at < text.size() && is_digit(text[at])) whole += text[at++];
    if (at < text.size() && text[at] == '.') {
        ++at;
        while (at < text.size() && is_digit(text[at])) fraction += text[at++];
    }
    if (whole.empty() && fraction.empty()) return {};
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
    out += whole.empty() ? "0" : whole;
    if (!fraction.empty()) out += "." + fraction;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        const std::string_view exponent = text.substr(at + 1);
        const std::size_t sign = !exponent.empty() && (exponent[0] == '+' || exponent[0] == '-') ? 1 : 0;
        if (exponent.size() == sign || !std::ranges::all_of(exponent.substr(sign), is_digit)) return {};
        out += text.substr(at);
        at = text.size();
    }
    return at == text.size() ? out : std::string();
}

BuiltinResult text_result(BuiltinContext& context, std::string_view text) {
    if (!context.charge(text.size())) return memory_limit_error();
    return make_string(context.arena(), text);
}

BuiltinResult texts_result(BuiltinContext& context, const std::vector<std::string_view>& texts) {
    std::size_t size = texts.size() * (sizeof(Value) + 16);
    for (const std::string_view text : texts) size += text.size();
    if (!context.charge(size)) return memory_limit_error();
    if (!context.work(texts.size())) return step_limit_error();
    ArrayBuilder list;
    list.reserve(texts.size());
    for (const std::string_view text : texts) list.push(make_string(context.arena(), text));
    return list.build(context.arena());
}

std::unexpected<BuiltinError> memory_limit_error() {
    return limit_error("the result is larger than the evaluation's memory allows");
}

std::unexpected<BuiltinError> step_limit_error() {
    return limit_error("the evaluation takes more steps than allowed");
}

bool TextSink::append(std::string_view piece) {
    const std::size_t size = text_.size() + piece.size();
    if (size > allowed_) {
        if (!context_->charge(size)) return false;
        allowed_ = size + (size / 2) + 4096;
    }
    text_ += piece;
    return true;
}

} // namespace redoubt::rego
