// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <array>
#include <format>
#include <optional>

#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {
namespace {

/// The kind a term is certain to have.
std::optional<Kind> static_kind(const Term& term) {
    switch (term.kind) {
    case TermKind::null: return Kind::null;
    case TermKind::boolean: return Kind::boolean;
    case TermKind::number: return Kind::number;
    case TermKind::string:
    case TermKind::template_string: return Kind::string;
    case TermKind::array:
    case TermKind::array_comprehension: return Kind::array;
    case TermKind::object:
    case TermKind::object_comprehension: return Kind::object;
    case TermKind::set:
    case TermKind::set_comprehension: return Kind::set;
    case TermKind::var:
    case TermKind::ref:
    case TermKind::call: break;
    }
    return std::nullopt;
}

std::string dotted(const Term& function) {
    if (function.kind == TermKind::var) return function.text;
    std::string name;
    for (const Term& part : function.terms) {
        if (!name.empty()) name += '.';
        name += part.text;
    }
    return name;
}

} // namespace

bool comparison_of(std::string_view function, Comparison& comparison) {
    constexpr std::array<std::string_view, 6> names = {"equal", "neq", "lt", "lte", "gt", "gte"};
    const auto found = std::ranges::find(names, function);
    if (found == names.end()) return false;
    comparison = static_cast<Comparison>(found - names.begin());
    return true;
}

std::int32_t Planner::find_function(const Term& ref) const {
    if (ref.kind != TermKind::ref || ref.terms.front().text != "data" || ref.terms.front().slot >= 0)
        return -1;
    std::int32_t node = 0;
    Arena scratch;
    for (std::size_t i = 1; i < ref.terms.size() && node >= 0; ++i) {
        if (ref.terms[i].kind != TermKind::string) return -1;
        node = program_->child_of(node, make_string(scratch, ref.terms[i].text));
    }
    return node < 0 ? -1 : program_->nodes[static_cast<std::size_t>(node)].function;
}

Planner::Callee Planner::find_callee(const Term& one) const {
    Callee found;
    const Term& function = one.terms.front();
    found.name = dotted(function);
    found.group = find_function(function);
    if (found.group >= 0) {
        found.arity = program_->groups[static_cast<std::size_t>(found.group)].arity;
        found.known = true;
        return found;
    }
    if (function.kind == TermKind::ref && function.terms.front().text == "data") return found;
    for (std::size_t i = 0; i < program_->hosts.size(); ++i) {
        if (program_->hosts[i].name != found.name) continue;
        found.host = static_cast<std::int32_t>(i);
        found.arity = program_->hosts[i].arity;
        found.known = true;
        return found;
    }
    found.builtin = options_->builtins->find(found.name);
    if (found.builtin != nullptr) {
        found.arity = found.builtin->arity;
        found.known = true;
    }
    return found;
}

Planner::Callee Planner::callee(const Term& one) {
    Callee found = find_callee(one);
    if (!found.known) {
        std::string shown = found.name.starts_with("data.") ? found.name.substr(5) : found.name;
        if (found.name.starts_with("data.")) shown = found.name;
        complain(one.at, Complaint::type, std::format("undefined function {}", shown));
        return found;
    }
    const Builtin* builtin = found.builtin;
    if (builtin == nullptr) return found;
    const bool replaced = options_->replaced != nullptr && options_->replaced->contains(found.name);
    const bool is_missing = builtin->function == nullptr && !builtin->is_void;
    if ((is_missing || builtin->is_withheld) && !replaced) {
        complain(one.at, Complaint::type,
                 std::format("unsafe built-in function calls in expression: {}: this engine does not have it",
                             found.name));
        found.known = false;
    } else if (builtin->v0_only && version_ == RegoVersion::v1) {
        complain(one.at, Complaint::type,
                 std::format("deprecated built-in function calls in expression: {}", found.name));
        found.known = false;
    }
    return found;
}

void Planner::complain_arity(const Callee& target, const Term& one) {
    complain(one.at, Complaint::type,
             std::format("{}: arity mismatch (have {}, want {})", target.name, one.terms.size() - 1,
                         target.arity));
}

void Planner::check_operands(const Callee& target, const Term& one) {
    if (target.builtin == nullptr) return;
    for (std::size_t i = 0; i < target.arity && i < target.builtin->operands.size(); ++i) {
        const auto kind = static_kind(one.terms[i + 1]);
        if (!kind || target.builtin->operands[i].accepts(*kind)) continue;
        complain(one.terms[i + 1].at, Complaint::type,
                 std::format("{}: invalid argument(s): operand {} cannot be {}", target.name, i + 1,
                             name_of(*kind)));
    }
}

std::vector<std::int32_t> Planner::operands_of(const Term& one, std::size_t count) {
    std::vector<std::int32_t> operands;
    for (std::size_t i = 1; i <= count; ++i) operands.push_back(term(one.terms[i]));
    return operands;
}

Operand32 Planner::operator_call(const Term& one) {
    const std::string& name = one.terms[0].text;
    Comparison comparison{};
    if (comparison_of(name, comparison)) {
        const auto operands = operands_of(one, 2);
        const std::int32_t place = new_register();
        emit(Op::compare_value, place, operands[0], operands[1], static_cast<std::uint8_t>(comparison));
        return place;
    }
    if (name == "internal.member_2") {
        const auto operands = operands_of(one, 2);
        const std::int32_t place = new_register();
        emit(Op::member_value, place, operands[0], operands[1]);
        return place;
    }
    if (name == "internal.member_3") {
        const auto operands = operands_of(one, 3);
        const std::int32_t place = new_register();
        emit(Op::member_key_value, place, 0, list(operands));
        return place;
    }
    return k_no_register;
}

Operand32 Planner::call(const Term& one) {
    if (one.infix || one.terms.front().kind == TermKind::var) {
        Comparison comparison{};
        const bool comparing = comparison_of(one.terms[0].text, comparison) && one.terms.size() == 3;
        if (one.infix || comparing) {
            if (const Operand32 place = operator_call(one); place != k_no_register) return place;
        }
    }
    const Callee target = callee(one);
    if (!target.known) return constant(Value::null());
    if (one.terms.size() != target.arity + 1 && !(target.builtin != nullptr && target.builtin->variadic)) {
        complain_arity(target, one);
        return constant(Value::null());
    }
    return call_with(target, one, one.terms.size() - 1);
}

Operand32 Planner::call_with(const Callee& target, const Term& one, std::size_t count) {
    check_operands(target, one);
    const auto operands = operands_of(one, count);
    const std::int32_t place = new_register();
    if (target.group >= 0) {
        references_.insert(static_cast<std::uint32_t>(target.group));
        emit(Op::call_function, place, target.group, list(operands));
        return place;
    }
    if (target.host >= 0) {
        emit(Op::call_host, place, target.host, list(operands));
        return place;
    }
    emit(Op::call_builtin, place, builtin_index(target.builtin), list(operands));
    if (!target.builtin->relation) return place;
    const std::int32_t item = new_register();
    emit(Op::scan, place, k_no_register, item);
    return item;
}

} // namespace redoubt::rego
