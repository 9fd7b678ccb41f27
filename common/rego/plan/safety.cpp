// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {
namespace {

bool is_comprehension(const Term& term) {
    return term.kind == TermKind::array_comprehension || term.kind == TermKind::set_comprehension ||
           term.kind == TermKind::object_comprehension;
}

} // namespace

/// Variables of a term outside closures.
void Planner::collect_vars(const Term& one, VarSet& vars) const {
    if (is_comprehension(one)) return;
    if (one.kind == TermKind::var) {
        if (one.slot >= 0) vars.try_emplace(one.slot, &one);
        return;
    }
    const std::size_t first = one.kind == TermKind::call ? 1 : 0;
    for (std::size_t i = first; i < one.terms.size(); ++i) collect_vars(one.terms[i], vars);
}

/// Variables inside the closures of a term.
void Planner::collect_closure_vars(const Term& one, VarSet& vars) const {
    if (is_comprehension(one)) {
        for (const Term& head : one.terms) {
            collect_vars(head, vars);
            collect_closure_vars(head, vars);
        }
        collect_body_vars(*one.body, vars);
        return;
    }
    for (const Term& child : one.terms) collect_closure_vars(child, vars);
}

void Planner::collect_body_vars(const Body& inside, VarSet& vars) const {
    for (const Literal& one : inside.literals) {
        collect_literal_vars(one, vars);
        collect_literal_closure_vars(one, vars);
    }
}

bool Planner::is_print(const Literal& one) const {
    return one.kind == LiteralKind::expression && one.terms.size() == 1 &&
           one.terms[0].kind == TermKind::call && one.terms[0].terms[0].kind == TermKind::var &&
           one.terms[0].terms[0].text == "print";
}

void Planner::collect_literal_vars(const Literal& one, VarSet& vars) const {
    for (const With& with : one.withs) {
        collect_vars(with.value, vars);
        collect_vars(with.target, vars);
    }
    if (one.kind == LiteralKind::some_declaration || is_print(one)) return;
    if (one.kind == LiteralKind::every) return collect_vars(one.terms.back(), vars);
    for (const Term& part : one.terms) collect_vars(part, vars);
}

void Planner::collect_literal_closure_vars(const Literal& one, VarSet& vars) const {
    for (const With& with : one.withs) collect_closure_vars(with.value, vars);
    for (const Term& part : one.terms) {
        collect_closure_vars(part, vars);
        if (is_print(one)) collect_vars(part, vars);
    }
    if (one.body) collect_body_vars(*one.body, vars);
}

bool Planner::all_bound(const Term& one, const VarSet& extra) const {
    if (is_comprehension(one)) return true;
    if (one.kind == TermKind::var) return one.slot < 0 || is_bound(one.slot) || extra.contains(one.slot);
    const std::size_t first = one.kind == TermKind::call ? 1 : 0;
    for (std::size_t i = first; i < one.terms.size(); ++i) {
        if (!all_bound(one.terms[i], extra)) return false;
    }
    return true;
}

/// Variables that a pattern binds: not those in sets, in keys of objects, or at the head of references.
void Planner::pattern_vars(const Term& pattern, VarSet& vars) const {
    switch (pattern.kind) {
    case TermKind::var:
        if (pattern.slot >= 0) vars.try_emplace(pattern.slot, &pattern);
        return;
    case TermKind::array:
        for (const Term& item : pattern.terms) pattern_vars(item, vars);
        return;
    case TermKind::object:
        for (std::size_t i = 1; i < pattern.terms.size(); i += 2) {
            if (all_bound(pattern.terms[i - 1])) pattern_vars(pattern.terms[i], vars);
        }
        return;
    case TermKind::ref:
    case TermKind::call:
    case TermKind::set:
    case TermKind::null:
    case TermKind::boolean:
    case TermKind::number:
    case TermKind::string:
    case TermKind::template_string:
    case TermKind::array_comprehension:
    case TermKind::set_comprehension:
    case TermKind::object_comprehension: return;
    }
}

/// Keys of references bind the variables in them once the head is known.
void Planner::reference_outputs(const Term& one, VarSet& outputs) const {
    if (is_comprehension(one)) return;
    const std::size_t first = one.kind == TermKind::call ? 1 : 0;
    for (std::size_t i = first; i < one.terms.size(); ++i) reference_outputs(one.terms[i], outputs);
    if (one.kind != TermKind::ref) return;
    if (!all_bound(one.terms.front(), outputs)) return;
    for (std::size_t i = 1; i < one.terms.size(); ++i) pattern_vars(one.terms[i], outputs);
}

bool Planner::gives_value(const Term& one, const VarSet& outputs) const {
    // A reference's own keys are outputs by now if they can be.
    return all_bound(one, outputs);
}

void Planner::unify_outputs(const Term& a, const Term& b, VarSet& outputs) const {
    const auto known = [&](const Term& side) { return gives_value(side, outputs); };
    // A pattern is bound by what may be of its kind; a variable by anything.
    const auto binds = [](const Term& pattern, const Term& side) {
        if (pattern.kind == TermKind::var) return true;
        const bool is_open =
            side.kind == TermKind::var || side.kind == TermKind::ref || side.kind == TermKind::call;
        if (pattern.kind == TermKind::array) return is_open || side.kind == TermKind::array_comprehension;
        return pattern.kind == TermKind::object && (is_open || side.kind == TermKind::object_comprehension);
    };
    if (a.kind == TermKind::array && b.kind == TermKind::array) {
        if (a.terms.size() != b.terms.size()) return;
        // Twice: a later pair may bind what an earlier one needs.
        for (std::size_t round = 0; round <= a.terms.size(); ++round) {
            const std::size_t before = outputs.size();
            for (std::size_t i = 0; i < a.terms.size(); ++i) unify_outputs(a.terms[i], b.terms[i], outputs);
            if (outputs.size() == before) return;
        }
        return;
    }
    if (a.kind == TermKind::object && b.kind == TermKind::object) {
        if (a.terms.size() != b.terms.size()) return;
        for (std::size_t i = 0; i + 1 < a.terms.size(); i += 2) {
            for (std::size_t j = 0; j + 1 < b.terms.size(); j += 2) {
                const bool same = a.terms[i].kind == b.terms[j].kind && a.terms[i].text == b.terms[j].text &&
                                  a.terms[i].slot == b.terms[j].slot;
                if (same) unify_outputs(a.terms[i + 1], b.terms[j + 1], outputs);
            }
        }
        return;
    }
    if (binds(a, b) && known(b)) pattern_vars(a, outputs);
    if (binds(b, a) && known(a)) pattern_vars(b, outputs);
}

void Planner::collect_outputs(const Literal& one, VarSet& outputs) const {
    const bool gives_nothing = one.kind == LiteralKind::some_declaration || one.kind == LiteralKind::not_body;
    // What `with` puts in place is found before the expression, also before one that is negated.
    for (const With& with : one.withs) {
        reference_outputs(with.value, outputs);
        if (!all_bound(with.value, outputs)) return;
    }
    if (one.negated || gives_nothing || is_print(one)) return;
    if (one.kind == LiteralKind::every) return reference_outputs(one.terms.back(), outputs);
    for (const Term& part : one.terms) reference_outputs(part, outputs);
    if (one.kind == LiteralKind::some_in) {
        if (!gives_value(one.terms.back(), outputs)) return;
        for (std::size_t i = 0; i + 1 < one.terms.size(); ++i) pattern_vars(one.terms[i], outputs);
        return;
    }
    if (one.unifies) return unify_outputs(one.terms[0], one.terms[1], outputs);
    if (one.assigns) {
        if (gives_value(one.terms[1], outputs)) pattern_vars(one.terms[0], outputs);
        return;
    }
    // f(a, out): the operand behind the last one is what the call gives.
    const Term& call_term = one.terms[0];
    if (call_term.kind != TermKind::call || call_term.infix) return;
    const Callee target = find_callee(call_term);
    if (!target.known) {
        // Planning will say so; that its operands cannot be bound is beside the point.
        for (const Term& operand : call_term.terms) collect_vars(operand, outputs);
        return;
    }
    if (call_term.terms.size() != target.arity + 2) return;
    for (std::size_t i = 1; i <= target.arity; ++i) {
        if (!gives_value(call_term.terms[i], outputs)) return;
    }
    pattern_vars(call_term.terms.back(), outputs);
}

VarSet Planner::missing(const Literal& one, const VarSet& body_vars) const {
    VarSet needed;
    collect_literal_vars(one, needed);
    VarSet outputs;
    collect_outputs(one, outputs);
    std::erase_if(needed,
                  [&](const auto& var) { return is_bound(var.first) || outputs.contains(var.first); });
    VarSet inside;
    collect_literal_closure_vars(one, inside);
    for (const auto& [slot, var] : inside) {
        const bool by_domain = one.kind == LiteralKind::every && outputs.contains(slot);
        if (body_vars.contains(slot) && !is_bound(slot) && !by_domain) needed.try_emplace(slot, var);
    }
    return needed;
}

} // namespace redoubt::rego
