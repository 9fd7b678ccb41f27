// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/plan/planner.hpp"

#include <format>

namespace redoubt::rego {

std::size_t Planner::emit(Op op, std::int32_t a, std::int32_t b, std::int32_t c, std::uint8_t detail) {
    unit_->code.push_back({op, detail, literal_number_, a, b, c});
    unit_->locations.push_back(at_);
    return unit_->code.size() - 1;
}

Operand32 Planner::constant(const Value& value) {
    // The last few are looked at: constants repeat nearby.
    const std::size_t count = unit_->constants.size();
    for (std::size_t i = count; i-- > (count > 16 ? count - 16 : 0);) {
        if (unit_->constants[i].is_same(value) || (value.is_string() && unit_->constants[i] == value)) {
            return ~static_cast<std::int32_t>(i);
        }
    }
    unit_->constants.push_back(value);
    return ~static_cast<std::int32_t>(count);
}

std::int32_t Planner::list(std::span<const std::int32_t> operands) {
    const auto at = static_cast<std::int32_t>(unit_->lists.size());
    unit_->lists.push_back(static_cast<std::int32_t>(operands.size()));
    unit_->lists.insert(unit_->lists.end(), operands.begin(), operands.end());
    return at;
}

std::int32_t Planner::builtin_index(const Builtin* builtin) {
    const auto [found, is_new] =
        builtin_numbers_.try_emplace(builtin, static_cast<std::int32_t>(unit_->builtins.size()));
    if (is_new) unit_->builtins.push_back(builtin);
    return found->second;
}

void Planner::complain(Location at, Complaint code, std::string message) {
    // One mistake may be met in several passes over a term.
    for (const Diagnostic& known : *diagnostics_) {
        if (known.row == at.row && known.column == at.column && known.message == message &&
            known.file == unit_->sources[at.file].name)
            return;
    }
    report(*diagnostics_, unit_->sources, at, code, std::move(message));
}

void Planner::begin(std::uint32_t slots) {
    bound_.assign(slots, false);
    next_register_ = static_cast<std::int32_t>(slots);
    planned_.clear();
    references_.clear();
    literal_number_ = 0;
}

void Planner::bind(std::int32_t slot) {
    bound_[static_cast<std::size_t>(slot)] = true;
}

Planner::Planned Planner::branch(const Rule& branch, const Rule& first, GroupKind kind, std::size_t path_size,
                                 std::uint32_t slots, RegoVersion version) {
    begin(slots);
    version_ = version;
    at_ = branch.at;
    Planned made;
    made.start = static_cast<std::uint32_t>(unit_->code.size());
    std::vector<Literal> patterns;
    for (std::size_t i = 0; i < branch.head.args.size(); ++i) {
        const Term& arg = branch.head.args[i];
        const auto slot = static_cast<std::int32_t>(i);
        bind(slot);
        if (arg.kind == TermKind::var && (arg.slot == slot || arg.text == "_")) continue;
        Literal match;
        match.at = arg.at;
        match.unifies = true;
        Term operand(TermKind::var, arg.at);
        operand.text = "operand";
        operand.slot = slot;
        match.terms.push_back(std::move(operand));
        match.terms.push_back(arg);
        patterns.push_back(std::move(match));
    }
    std::vector<const Literal*> literals;
    literals.reserve(patterns.size() + branch.body.literals.size());
    for (const Literal& one : patterns) literals.push_back(&one);
    for (const Literal& one : branch.body.literals) literals.push_back(&one);
    const bool safe = body(literals);
    at_ = branch.at;
    literal_number_ = UINT16_MAX;
    if (!safe) return made;
    const Head& head = branch.head;
    planned_.clear();
    std::vector<std::int32_t> path;
    for (std::size_t i = path_size; i < first.head.ref.size(); ++i) hoist(first.head.ref[i]);
    if (head.element) hoist(*head.element);
    if (head.value) hoist(*head.value);
    for (std::size_t i = path_size; i < first.head.ref.size(); ++i) path.push_back(term(first.head.ref[i]));
    const Operand32 result = head.element ? term(*head.element)
                             : head.value ? term(*head.value)
                                          : constant(Value::boolean(true));
    if (kind == GroupKind::partial_set) {
        emit(Op::yield_element, result);
    } else if (kind == GroupKind::partial_object) {
        path.push_back(result);
        emit(Op::yield_path, 0, 0, list(path), head.element ? 1 : 0);
    } else {
        emit(Op::yield, result);
        made.constant_result = result < 0;
        if (result < 0) made.constant = unit_->constants[static_cast<std::uint32_t>(~result)];
    }
    made.registers = static_cast<std::uint32_t>(next_register_);
    return made;
}

/// Whether a term of a query gives a value: not a call that unifies its result with a last operand, or has
/// none.
bool Planner::has_value(const Term& term) const {
    if (term.kind != TermKind::call) return true;
    const Callee target = find_callee(term);
    return target.known && term.terms.size() - 1 <= static_cast<std::size_t>(target.arity) &&
           (target.builtin == nullptr || !target.builtin->is_void);
}

Planner::Planned Planner::query(const Body& query_body, std::uint32_t slots,
                                std::vector<std::int32_t>& expressions) {
    begin(slots);
    Planned made;
    made.start = static_cast<std::uint32_t>(unit_->code.size());
    at_ = query_body.at;
    // A query that is one plain expression gives its value even when that is false.
    const bool single = query_body.literals.size() == 1 &&
                        query_body.literals[0].kind == LiteralKind::expression &&
                        !query_body.literals[0].negated && query_body.literals[0].terms.size() == 1 &&
                        query_body.literals[0].withs.empty() && has_value(query_body.literals[0].terms[0]);
    if (single) {
        VarSet vars;
        collect_literal_vars(query_body.literals[0], vars);
        const VarSet lacking = missing(query_body.literals[0], vars);
        if (!lacking.empty()) {
            const Literal* only = &query_body.literals[0];
            report_unsafe(std::span(&only, 1), vars);
            return made;
        }
        hoist(query_body.literals[0].terms[0]);
        expressions.push_back(term(query_body.literals[0].terms[0]));
    } else {
        (void)body(query_body);
    }
    emit(Op::yield_row);
    made.registers = static_cast<std::uint32_t>(next_register_);
    return made;
}

} // namespace redoubt::rego
