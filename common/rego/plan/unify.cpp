// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <format>

#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {
namespace {

bool is_composite(const Term& term) {
    return term.kind == TermKind::array || term.kind == TermKind::object;
}

} // namespace

/// Whether one side is known, so that the other can be taken apart or compared.
bool Planner::can_unify(const Term& a, const Term& b) const {
    if (all_bound(a) || all_bound(b)) return true;
    return is_composite(a) && a.kind == b.kind;
}

void Planner::unify(const Term& a, const Term& b) {
    if (a.kind == TermKind::array && b.kind == TermKind::array && !(all_bound(a) && all_bound(b))) {
        if (a.terms.size() != b.terms.size()) {
            emit(Op::check, constant(Value::boolean(false)));
            return;
        }
        std::vector<std::pair<const Term*, const Term*>> pairs;
        pairs.reserve(a.terms.size());
        for (std::size_t i = 0; i < a.terms.size(); ++i) pairs.emplace_back(&a.terms[i], &b.terms[i]);
        return unify_pairs(std::move(pairs), a.at);
    }
    if (a.kind == TermKind::object && b.kind == TermKind::object && !all_bound(a) && !all_bound(b)) {
        if (a.terms.size() != b.terms.size()) {
            emit(Op::check, constant(Value::boolean(false)));
            return;
        }
        std::vector<std::pair<const Term*, const Term*>> pairs;
        for (std::size_t i = 0; i + 1 < a.terms.size(); i += 2) {
            for (std::size_t j = 0; j + 1 < b.terms.size(); j += 2) {
                const Term& mine = a.terms[i];
                const Term& other = b.terms[j];
                if (mine.kind == other.kind && mine.text == other.text && mine.slot == other.slot)
                    pairs.emplace_back(&a.terms[i + 1], &b.terms[j + 1]);
            }
        }
        if (pairs.size() * 2 != a.terms.size()) {
            emit(Op::check, constant(Value::boolean(false)));
            return;
        }
        return unify_pairs(std::move(pairs), a.at);
    }
    if (all_bound(b)) return unify_value(a, term(b));
    if (all_bound(a)) return unify_value(b, term(a));
    complain(a.at, Complaint::unsafe_var, "the sides of an equation cannot be solved");
}

void Planner::unify_pairs(std::vector<std::pair<const Term*, const Term*>> pairs, Location at) {
    while (!pairs.empty()) {
        const std::size_t before = pairs.size();
        std::erase_if(pairs, [&](const auto& pair) {
            if (!can_unify(*pair.first, *pair.second)) return false;
            unify(*pair.first, *pair.second);
            return true;
        });
        if (pairs.size() != before) continue;
        complain(at, Complaint::unsafe_var, "the sides of an equation cannot be solved");
        return;
    }
}

void Planner::unify_value(const Term& pattern, Operand32 value) {
    if (pattern.kind == TermKind::var && pattern.slot >= 0 && !is_bound(pattern.slot)) {
        emit(Op::move, pattern.slot, value);
        bind(pattern.slot);
        return;
    }
    if (all_bound(pattern) || !is_composite(pattern)) {
        const Operand32 other = term(pattern);
        emit(Op::compare, 0, other, value, static_cast<std::uint8_t>(Comparison::equal));
        return;
    }
    const bool is_array = pattern.kind == TermKind::array;
    const auto count = static_cast<std::int32_t>(is_array ? pattern.terms.size() : pattern.terms.size() / 2);
    emit(is_array ? Op::expect_array : Op::expect_object, value, count);
    for (std::int32_t i = 0; i < count; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const Operand32 key = is_array ? constant(Value::integer(i)) : term(pattern.terms[at * 2]);
        const Term& inner = is_array ? pattern.terms[at] : pattern.terms[(at * 2) + 1];
        const bool fresh = inner.kind == TermKind::var && inner.slot >= 0 && !is_bound(inner.slot);
        const std::int32_t place = fresh ? inner.slot : new_register();
        emit(Op::dot, place, value, key);
        if (fresh) {
            bind(inner.slot);
        } else {
            unify_value(inner, place);
        }
    }
}

} // namespace redoubt::rego
