// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>

#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {

bool Planner::body(const Body& inside) {
    std::vector<const Literal*> literals;
    literals.reserve(inside.literals.size());
    for (const Literal& one : inside.literals) literals.push_back(&one);
    return body(literals);
}

bool Planner::body(std::span<const Literal* const> literals) {
    VarSet body_vars;
    for (const Literal* one : literals) collect_literal_vars(*one, body_vars);
    std::vector<const Literal*> left(literals.begin(), literals.end());
    const std::uint16_t outer = literal_number_;
    while (!left.empty()) {
        const std::size_t before = left.size();
        // In the order they are written, as many as can be.
        std::erase_if(left, [&](const Literal* one) {
            if (!missing(*one, body_vars).empty()) return false;
            literal_number_ =
                static_cast<std::uint16_t>(std::ranges::find(literals, one) - literals.begin() + 1);
            literal(*one);
            return true;
        });
        if (left.size() == before) {
            report_unsafe(left, body_vars);
            return false;
        }
    }
    literal_number_ = outer;
    return true;
}

void Planner::report_unsafe(std::span<const Literal* const> literals, const VarSet& body_vars) {
    VarSet told;
    for (const Literal* one : literals) {
        for (const auto& [slot, var] : missing(*one, body_vars)) {
            if (!told.try_emplace(slot, var).second) continue;
            complain(var->at, Complaint::unsafe_var, std::format("var {} is unsafe", var->text));
        }
    }
}

void Planner::literal(const Literal& one) {
    planned_.clear();
    const Location outer = at_;
    at_ = one.at;
    if (one.withs.empty()) {
        literal_core(one);
    } else {
        std::vector<std::int32_t> operands;
        with_targets(one, operands);
        emit(Op::with_begin, 0, 0, list(operands));
        literal_core(one);
        emit(Op::with_end);
    }
    planned_.clear();
    at_ = outer;
}

void Planner::literal_core(const Literal& one) {
    if (one.negated) return negated(one);
    switch (one.kind) {
    case LiteralKind::some_declaration: return;
    case LiteralKind::some_in: return some_in(one);
    case LiteralKind::every: return every(one);
    case LiteralKind::not_body: return not_body(one);
    case LiteralKind::expression: break;
    }
    if (is_print(one)) return print(one.terms[0]);
    for (const Term& part : one.terms) hoist(part);
    if (one.unifies || one.assigns) return unify(one.terms[0], one.terms[1]);
    statement(one.terms[0]);
}

void Planner::negated(const Literal& one) {
    // What a call needs is evaluated before the negation, as OPA does: an undefined operand fails the body.
    const bool sides = one.unifies || one.assigns;
    for (const Term& part : one.terms) {
        const bool is_call = part.kind == TermKind::call;
        Comparison comparison{};
        const bool equality = is_call && part.infix && comparison_of(part.terms[0].text, comparison) &&
                              comparison == Comparison::equal;
        if (is_call && !sides) {
            for (std::size_t i = 1; i < part.terms.size(); ++i) hoist_operands(part.terms[i], !equality);
        } else {
            hoist_operands(part, false);
        }
    }
    const std::vector<bool> outer = bound_;
    const std::size_t start = emit(Op::negate);
    if (sides) {
        unify(one.terms[0], one.terms[1]);
    } else {
        statement(one.terms[0]);
    }
    emit(Op::found);
    end_block(start);
    bound_ = outer;
}

void Planner::not_body(const Literal& one) {
    const std::vector<bool> outer = bound_;
    const std::size_t start = emit(Op::negate);
    if (body(*one.body)) emit(Op::found);
    end_block(start);
    bound_ = outer;
}

void Planner::hoist_operands(const Term& one, bool references_too) {
    const bool plain_reference = one.kind == TermKind::ref;
    const bool composite =
        one.kind == TermKind::array || one.kind == TermKind::object || one.kind == TermKind::set;
    if (one.kind == TermKind::call || (plain_reference && references_too)) {
        if (!planned_.contains(&one)) planned_[&one] = new_term(one);
        return;
    }
    if (plain_reference) {
        for (const Term& key : one.terms) hoist_operands(key, true);
    } else if (composite) {
        for (const Term& item : one.terms) hoist_operands(item, true);
    }
}

void Planner::hoist(const Term& one) {
    switch (one.kind) {
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: return;
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string:
    case TermKind::var:
    case TermKind::ref:
    case TermKind::array:
    case TermKind::object:
    case TermKind::set:
    case TermKind::call:
    case TermKind::template_string: break;
    }
    if (all_bound(one)) return;
    std::vector<const Term*> parts;
    for (std::size_t i = one.kind == TermKind::call ? 1 : 0; i < one.terms.size(); ++i)
        parts.push_back(&one.terms[i]);
    // Parts that need nothing of the others first: f(xs[{i: 1}], ys[i]).
    std::ranges::stable_partition(parts, [&](const Term* part) {
        VarSet outputs;
        reference_outputs(*part, outputs);
        return one.kind == TermKind::ref || all_bound(*part, outputs);
    });
    for (const Term* part : parts) hoist(*part);
    if (one.kind == TermKind::ref && all_bound(one.terms.front()) && !planned_.contains(&one))
        planned_[&one] = reference(one);
}

void Planner::statement(const Term& one) {
    if (one.kind == TermKind::call) return statement_call(one);
    const Operand32 value = term(one);
    emit(Op::check, value);
}

void Planner::statement_call(const Term& one) {
    Comparison comparison{};
    const std::string& name = one.terms[0].text;
    if (one.infix && comparison_of(name, comparison)) {
        const Operand32 left = term(one.terms[1]);
        const Operand32 right = term(one.terms[2]);
        emit(Op::compare, 0, left, right, static_cast<std::uint8_t>(comparison));
        return;
    }
    if (one.infix && name == "internal.member_2") {
        const Operand32 item = term(one.terms[1]);
        const Operand32 within = term(one.terms[2]);
        emit(Op::member, 0, item, within);
        return;
    }
    if (one.infix) {
        const Operand32 value = term(one);
        emit(Op::check, value);
        return;
    }
    const Callee target = callee(one);
    if (!target.known) {
        VarSet vars;
        collect_vars(one, vars);
        for (const auto& [slot, var] : vars) bind(slot);
        return;
    }
    if (one.terms.size() == target.arity + 2) {
        const Operand32 value = call_with(target, one, target.arity);
        return unify_value(one.terms.back(), value);
    }
    const Operand32 value = term(one);
    emit(Op::check, value);
}

void Planner::some_in(const Literal& one) {
    const Operand32 source = term(one.terms.back());
    const Term* key = one.terms.size() == 3 ? &one.terms[0] : nullptr;
    const Term& value = one.terms[one.terms.size() - 2];
    const auto target = [&](const Term& pattern) -> std::int32_t {
        const bool fresh = pattern.kind == TermKind::var && pattern.slot >= 0 && !is_bound(pattern.slot);
        return fresh ? pattern.slot : new_register();
    };
    const bool same = key != nullptr && key->kind == TermKind::var && value.kind == TermKind::var &&
                      key->slot == value.slot;
    const std::int32_t key_register = key == nullptr ? k_no_register : target(*key);
    const std::int32_t value_register = same ? new_register() : target(value);
    emit(Op::scan, source, key_register, value_register);
    const auto finish = [&](const Term& pattern, std::int32_t place) {
        if (pattern.kind == TermKind::var && pattern.slot == place) {
            bind(place);
        } else {
            unify_value(pattern, place);
        }
    };
    if (key != nullptr) finish(*key, key_register);
    finish(value, value_register);
}

void Planner::every(const Literal& one) {
    hoist(one.terms.back());
    const Operand32 domain = term(one.terms.back());
    const std::vector<bool> outer = bound_;
    const Term* key = one.terms.size() == 3 ? &one.terms[0] : nullptr;
    const Term& value = one.terms[one.terms.size() - 2];
    if (key != nullptr) bind(key->slot);
    bind(value.slot);
    const std::int32_t places[] = {key == nullptr ? k_no_register : key->slot, value.slot};
    const std::size_t start = emit(Op::every, domain, list(places));
    if (body(*one.body)) emit(Op::found);
    end_block(start);
    bound_ = outer;
}

void Planner::print(const Term& one) {
    if (!options_->keep_prints) return;
    std::vector<std::int32_t> parts;
    for (std::size_t i = 1; i < one.terms.size(); ++i) {
        const Term& part = one.terms[i];
        const bool ready =
            is_constant(part) || (part.kind == TermKind::var && part.slot >= 0 && is_bound(part.slot));
        parts.push_back(ready ? 0 : 1);
        if (ready) {
            parts.push_back(term(part));
            continue;
        }
        VarSet vars;
        collect_vars(part, vars);
        VarSet outputs;
        reference_outputs(part, outputs);
        for (const auto& [slot, var] : vars) {
            if (!is_bound(slot) && !outputs.contains(slot))
                complain(var->at, Complaint::unsafe_var, std::format("var {} is unsafe", var->text));
        }
        const std::vector<bool> outer = bound_;
        const std::int32_t place = new_register();
        const std::size_t start = emit(Op::collect_set, place);
        hoist(part);
        emit(Op::push, term(part));
        end_block(start);
        bound_ = outer;
        parts.push_back(place);
    }
    emit(Op::print, 0, 0, list(parts));
}

void Planner::with_targets(const Literal& one, std::vector<std::int32_t>& operands) {
    for (const With& with : one.withs) {
        WithTarget target;
        const bool is_function = with.target.kind == TermKind::var && with.target.slot < 0 &&
                                 with.target.text != "input" && with.target.text != "data";
        Operand32 value = constant(Value::null());
        bool replaced = false;
        if (is_function || (with.target.kind == TermKind::ref && find_function(with.target) >= 0)) {
            if (!with_function(with, target)) continue;
            replaced = target.replacement_function >= 0 || target.replacement_builtin != nullptr ||
                       target.replacement_host >= 0;
        } else if (!with_target(with, target)) {
            continue;
        }
        if (!replaced) {
            hoist(with.value);
            value = term(with.value);
        }
        operands.push_back(static_cast<std::int32_t>(unit_->targets.size()));
        operands.push_back(value);
        unit_->targets.push_back(std::move(target));
    }
}

bool Planner::with_target(const With& with, WithTarget& target) {
    const Term& term = with.target;
    const Term& root = term.kind == TermKind::ref ? term.terms.front() : term;
    target.kind = root.text == "input" ? TargetKind::input : TargetKind::data;
    if (root.kind != TermKind::var || root.slot >= 0) {
        complain(with.at, Complaint::type,
                 "with keyword target must reference existing input, data, or a function");
        return false;
    }
    for (std::size_t i = 1; term.kind == TermKind::ref && i < term.terms.size(); ++i) {
        auto step = constant_value(term.terms[i]);
        if (!step) {
            complain(term.terms[i].at, Complaint::type, "with keyword target must be a path of constants");
            return false;
        }
        target.path.push_back(*step);
    }
    return true;
}

bool Planner::with_function(const With& with, WithTarget& target) {
    Term as_call(TermKind::call, with.at);
    as_call.terms.push_back(with.target);
    const Callee replaced = find_callee(as_call);
    if (!replaced.known) {
        complain(with.at, Complaint::type, std::format("undefined function {}", replaced.name));
        return false;
    }
    if (replaced.builtin != nullptr && (replaced.builtin->is_void || replaced.builtin->relation)) {
        complain(
            with.at, Complaint::compile,
            std::format("with keyword replacing built-in function: target must not be {}", replaced.name));
        return false;
    }
    target.kind = replaced.builtin != nullptr ? TargetKind::builtin
                  : replaced.host >= 0        ? TargetKind::host
                                              : TargetKind::function;
    target.builtin = replaced.builtin;
    target.group = replaced.group;
    target.host = replaced.host;
    const Term& value = with.value;
    const bool names_something = (value.kind == TermKind::ref && value.terms.front().kind == TermKind::var &&
                                  value.terms.front().slot < 0) ||
                                 (value.kind == TermKind::var && value.slot < 0);
    if (!names_something) return true;
    Term other(TermKind::call, with.at);
    other.terms.push_back(value);
    Callee replacement = find_callee(other);
    if (!replacement.known) {
        // A dotted name that is not a path below data may be a builtin's.
        return true;
    }
    if (replacement.arity != replaced.arity) {
        complain(with.at, Complaint::type,
                 std::format("{}: arity mismatch in with (have {}, want {})", replacement.name,
                             replacement.arity, replaced.arity));
        return false;
    }
    target.replacement_function = replacement.group;
    target.replacement_builtin = replacement.builtin;
    target.replacement_host = replacement.host;
    if (replacement.group >= 0) references_.insert(static_cast<std::uint32_t>(replacement.group));
    return true;
}

} // namespace redoubt::rego
