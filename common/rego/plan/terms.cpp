// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>
#include <optional>

#include "common/rego/compile/rule_tree.hpp"
#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {

bool Planner::is_constant(const Term& one) const {
    switch (one.kind) {
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string: return true;
    case TermKind::array:
    case TermKind::object:
    case TermKind::set:
        return std::ranges::all_of(one.terms, [this](const Term& item) { return is_constant(item); });
    case TermKind::var:
    case TermKind::ref:
    case TermKind::call:
    case TermKind::template_string:
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: break;
    }
    return false;
}

std::optional<Value> Planner::constant_value(const Term& one) {
    if (!is_constant(one)) return std::nullopt;
    if (is_path_step(one)) {
        const Value value = value_of_scalar(unit_->arena, one);
        if (value.is_undefined()) complain(one.at, Complaint::limit, "a number of too many digits");
        return value;
    }
    std::vector<Value> items;
    for (const Term& item : one.terms) {
        const auto value = constant_value(item);
        if (!value || value->is_undefined()) return Value();
        items.push_back(*value);
    }
    if (one.kind == TermKind::array) return make_array(unit_->arena, items);
    if (one.kind == TermKind::set) return make_set(unit_->arena, items);
    ObjectBuilder members;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) members.insert(items[i], items[i + 1]);
    return members.build(unit_->arena);
}

Operand32 Planner::term(const Term& one) {
    if (const auto found = planned_.find(&one); found != planned_.end()) return found->second;
    return new_term(one);
}

Operand32 Planner::new_term(const Term& one) {
    if (const auto value = constant_value(one)) return constant(*value);
    switch (one.kind) {
    case TermKind::var: return variable(one);
    case TermKind::ref: return reference(one);
    case TermKind::call: return call(one);
    case TermKind::array:
    case TermKind::object:
    case TermKind::set: return collection(one);
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: return comprehension(one);
    case TermKind::template_string: return template_string(one);
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string: break;
    }
    return constant(Value::null());
}

Operand32 Planner::variable(const Term& one) {
    if (one.slot >= 0) {
        if (!is_bound(one.slot))
            complain(one.at, Complaint::unsafe_var, std::format("var {} is unsafe", one.text));
        return one.slot;
    }
    const std::int32_t place = new_register();
    if (one.text == "input") {
        emit(Op::load_input, place);
    } else {
        note_below(0);
        emit(Op::walk_data, place, 0, list({}));
    }
    return place;
}

Operand32 Planner::collection(const Term& one) {
    std::vector<std::int32_t> items;
    items.reserve(one.terms.size());
    for (const Term& item : one.terms) items.push_back(term(item));
    const std::int32_t place = new_register();
    const Op op = one.kind == TermKind::array ? Op::make_array
                  : one.kind == TermKind::set ? Op::make_set
                                              : Op::make_object;
    emit(op, place, 0, list(items));
    return place;
}

Operand32 Planner::comprehension(const Term& one) {
    const auto outer_bound = bound_;
    const auto outer_planned = std::move(planned_);
    planned_.clear();
    const std::int32_t place = new_register();
    const Op op = one.kind == TermKind::array_comprehension ? Op::collect_array
                  : one.kind == TermKind::set_comprehension ? Op::collect_set
                                                            : Op::collect_object;
    const std::size_t start = emit(op, place);
    if (body(*one.body)) {
        for (const Term& part : one.terms) hoist(part);
        const Operand32 first = term(one.terms[0]);
        if (op == Op::collect_object) {
            const Operand32 second = term(one.terms[1]);
            emit(Op::push_pair, first, second);
        } else {
            emit(Op::push, first);
        }
    }
    end_block(start);
    bound_ = outer_bound;
    planned_ = outer_planned;
    return place;
}

Operand32 Planner::template_string(const Term& one) {
    std::vector<std::int32_t> parts;
    for (const Term& part : one.terms) {
        parts.push_back(part.literal ? 0 : 1);
        parts.push_back(term(part));
    }
    const std::int32_t place = new_register();
    emit(Op::make_template, place, 0, list(parts));
    return place;
}

} // namespace redoubt::rego
