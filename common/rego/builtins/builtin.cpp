// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/builtin.hpp"

namespace redoubt::rego {
namespace {

template <class Kinds>
std::string expectation(std::size_t position, const Value& got, const Kinds& kinds) {
    std::string text = "operand " + std::to_string(position) + " must be ";
    if (kinds.size() > 1) text += "one of {";
    bool first = true;
    for (const Kind kind : kinds) {
        if (!first) text += ", ";
        first = false;
        text += name_of(kind);
    }
    if (kinds.size() > 1) text += '}';
    text += " but got ";
    text += name_of(got.kind());
    return text;
}

} // namespace

std::unexpected<BuiltinError> builtin_error(std::string text) {
    return std::unexpected(BuiltinError{BuiltinFault::builtin, std::move(text)});
}

std::unexpected<BuiltinError> operand_error(std::size_t position, const Value& got,
                                            std::initializer_list<Kind> expected) {
    return std::unexpected(BuiltinError{BuiltinFault::type, expectation(position, got, expected)});
}

std::unexpected<BuiltinError> operand_error(std::size_t position, std::string_view words) {
    return std::unexpected(
        BuiltinError{BuiltinFault::type, "operand " + std::to_string(position) + " " + std::string(words)});
}

std::unexpected<BuiltinError> limit_error(std::string text) {
    return std::unexpected(BuiltinError{BuiltinFault::limit, std::move(text)});
}

BuiltinResult call_builtin(const Builtin& builtin, BuiltinContext& context, std::span<const Value> operands) {
    for (std::size_t i = 0; i < operands.size() && i < builtin.operands.size(); ++i) {
        const Operand& operand = builtin.operands[i];
        if (operand.takes(operands[i].kind())) continue;
        if (!operand.words.empty()) {
            return operand_error(i + 1, "must be " + std::string(operand.words) + " but got " +
                                            std::string(name_of(operands[i].kind())));
        }
        const std::span kinds(operand.kinds.data(), operand.count);
        return std::unexpected(BuiltinError{BuiltinFault::type, expectation(i + 1, operands[i], kinds)});
    }
    return builtin.function(context, operands);
}

} // namespace redoubt::rego
